"""Open mode, for a first try: nobody signs in, and everyone is the same manager."""

from core.model import Manager, ManagerId, SignedIn

OPEN_MANAGER = Manager(ManagerId("manager"), "Manager")
OPEN = SignedIn(OPEN_MANAGER, "admin")
