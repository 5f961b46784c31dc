"""Check pinned packages for known vulnerabilities: `python infra/audit.py requirements.txt …`.

It fails if a package has one. Where it cannot look, for example offline, it passes, and its last
lines say which packages nobody has checked, and why.
"""

import json
import subprocess
import sys
from typing import Any

SECONDS = 120
OPTIONS = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "-f", "json"]
NOT_AUDITED = "NOT AUDITED: {what}. Nobody has checked it for known vulnerabilities: {why}"


def ask(requirements: str) -> tuple[list[dict[str, Any]], str]:
    """The packages of a file. Or none, and why there was no answer."""
    try:
        asked = subprocess.run(
            [sys.executable, "-m", "pip_audit", *OPTIONS, "-r", requirements],
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return [], f"no answer in {SECONDS} seconds"
    try:
        return list(json.loads(asked.stdout)["dependencies"]), ""
    except (ValueError, KeyError):
        said = asked.stderr.strip().splitlines() or ["pip-audit said nothing"]
        return [], said[-1]


def main() -> None:
    weak = False
    notes = []
    for requirements in sys.argv[1:]:
        packages, why = ask(requirements)
        if not packages:
            notes.append(NOT_AUDITED.format(what=requirements, why=why or "it names no package"))
            continue
        for package in packages:
            if "skip_reason" in package:
                what = f"{package['name']} in {requirements}"
                notes.append(NOT_AUDITED.format(what=what, why=package["skip_reason"]))
        found = [package for package in packages if package.get("vulns")]
        weak = weak or bool(found)
        print(f"{requirements}: {len(found)} packages with known vulnerabilities")
        for package in found:
            print(json.dumps(package, indent=2))
    print(*notes, sep="\n", end="\n" if notes else "")
    sys.exit(weak)


if __name__ == "__main__":
    main()
