"""Who may do what. In open mode, for trying it out, everybody is the same manager."""

from core.model import Manager

OPEN_MANAGER = Manager("manager", "Manager")
