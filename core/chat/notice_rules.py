"""How a manager wishes to be told of who waits, the same on each of their devices."""

from core.chat.publish import Publisher
from core.model import ManagerId
from core.protocol.frames import encode
from core.protocol.notice_frames import ManagerNotices, NoticeRules
from core.store.notice_rules import RuleStore


class Rules:
    def __init__(self, store: RuleStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    async def of(self, manager_id: ManagerId) -> NoticeRules:
        return await self._store.of(manager_id)

    async def set(self, manager_id: ManagerId, rules: NoticeRules) -> NoticeRules:
        """Replace them, and tell the manager's open consoles."""
        sockets = await self._store.set(manager_id, rules)
        await self._publisher.send(encode(ManagerNotices(**dict(rules))), sockets)
        return rules
