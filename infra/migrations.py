"""Keep the hash of `core/store/schema` in the template. A deploy migrates when the hash changes.

python3 infra/migrations.py            write the hash
python3 infra/migrations.py --check    fail if the hash is out of date
"""

import re
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "infra" / "template.yaml"
LINE = re.compile(r'(?<=\n      Hash: ")[0-9a-f]*(?=")')


def digest() -> str:
    """The hash of all schema files, tables and functions, with their names."""
    whole = sha256()
    for file in sorted((ROOT / "core" / "store" / "schema").rglob("*.sql")):
        content = file.read_bytes()
        whole.update(f"{file.name} {len(content)}\n".encode() + content)
    return whole.hexdigest()


def main() -> None:
    template = TEMPLATE.read_text(encoding="utf-8")
    written = LINE.sub(digest(), template)
    if written == template:
        return
    if "--check" in sys.argv:
        sys.exit("The schema has changed. Please run: python3 infra/migrations.py")
    TEMPLATE.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
