"""The secret that signs the calls between nodes, in a file that all nodes read.

The first node makes it. So each installation has its own secret, and none has a public default.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from core.errors import Misconfigured
from local.gateway.signature import Credentials

# botocore reads its secret from this variable.
VARIABLE = "AWS_SECRET_ACCESS_KEY"
BYTES = 32


def share(path: Path | None) -> None:
    """Take the secret from this file, unless the variable is set. Raises `Misconfigured`."""
    if path is None or os.environ.get(VARIABLE):
        return
    try:
        os.environ[VARIABLE] = _read_or_make(path)
    except OSError as error:
        raise Misconfigured(f"NODES_SECRET_FILE: {path}: {error.strerror}.") from None


def _read_or_make(path: Path) -> str:
    if not path.exists():
        _make(path)
    secret = path.read_text(encoding="utf-8", errors="replace").strip()
    if len(secret) < 2 * BYTES:
        raise Misconfigured(
            f"NODES_SECRET_FILE: {path} is damaged. Delete it and start all nodes again."
        )
    return secret


def _make(path: Path) -> None:
    """Make the file. Several nodes may try at once: the first one's stays, and is complete."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def credentials(region: str) -> Credentials | None:
    """The credentials of the variables that botocore reads."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not key or not secret:
        return None
    return Credentials(key, secret, os.environ.get("AWS_SESSION_TOKEN"), region)
