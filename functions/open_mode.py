"""Open mode, for a first try: nobody signs in, and everyone is the same manager."""

from core.model import Manager, SignedIn

OPEN_MANAGER = Manager("manager", "Manager")
OPEN = SignedIn(OPEN_MANAGER, "admin")
