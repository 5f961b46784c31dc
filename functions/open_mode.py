"""Open mode, for trying it out: nobody signs in, and everybody is the same manager."""

from core.model import Manager, SignedIn

OPEN_MANAGER = Manager("manager", "Manager")
OPEN = SignedIn(OPEN_MANAGER, "admin")
