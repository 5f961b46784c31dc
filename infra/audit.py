"""Check pinned packages for known vulnerabilities: `python infra/audit.py requirements.txt …`.

It fails if a package has one. It passes with a note if the advisory service cannot be reached.
"""

import json
import subprocess
import sys

SECONDS = 120


def ask(requirements: str) -> list[dict[str, object]] | None:
    """The vulnerable packages. None if the advisory service cannot be reached."""
    command = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "-f", "json"]
    try:
        asked = subprocess.run(
            [sys.executable, "-m", "pip_audit", *command, "-r", requirements],
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        packages = json.loads(asked.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return None
    if all("skip_reason" in package for package in packages):
        return None
    return [package for package in packages if package.get("vulns")]


def main() -> None:
    weak = False
    for requirements in sys.argv[1:]:
        found = ask(requirements)
        if found is None:
            print(f"{requirements}: not audited, the advisory service cannot be reached")
            continue
        weak = weak or bool(found)
        print(f"{requirements}: {len(found)} packages with known vulnerabilities")
        for package in found:
            print(json.dumps(package, indent=2))
    sys.exit(weak)


if __name__ == "__main__":
    main()
