"""A clock that jumps, for the processes that were started under it (Debian's `faketime`)."""

from pathlib import Path

FOUND = sorted(Path("/usr/lib").glob("**/faketime/libfaketime.so.1"))


class Clock:
    """`environment` puts a process under this clock; without the library it does nothing."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        # Another user runs the database.
        folder.chmod(0o755)
        self.jump(0)

    @property
    def works(self) -> bool:
        return bool(FOUND)

    @property
    def environment(self) -> dict[str, str]:
        if not FOUND:
            return {}
        return {
            "LD_PRELOAD": str(FOUND[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            # Like a real clock that is set: timers do not feel it.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def jump(self, seconds: int) -> None:
        """Show a time this far from the true one, within a second."""
        self._file.write_text(f"{seconds:+d}s\n")
        self._file.chmod(0o644)
