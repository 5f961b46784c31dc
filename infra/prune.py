"""Remove files from a function's folder that it never reads. Most are clients of other services.

python3 infra/prune.py FOLDER CLIENT...
"""

import shutil
import sys
from pathlib import Path


def main() -> None:
    folder, clients = Path(sys.argv[1]), set(sys.argv[2:])
    for service in (folder / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in clients:
            shutil.rmtree(service)
    for unread in ("boto3/data", "boto3/examples", "bin", "share"):
        shutil.rmtree(folder / unread, ignore_errors=True)
    for tests in folder.glob("*/tests"):
        shutil.rmtree(tests)


if __name__ == "__main__":
    main()
