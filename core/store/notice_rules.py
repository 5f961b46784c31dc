"""How each manager wishes to be told of who waits."""

from core.model import ManagerId, Target
from core.protocol.notice_frames import NoticeRules
from core.store import database


class RuleStore(database.Statements):
    async def of(self, manager_id: ManagerId) -> NoticeRules:
        """A manager's own, or what the defaults say."""
        row = await self._row(
            "select sound, desktop, push, quiet_until, time_zone,"
            " to_char(quiet_from, 'HH24:MI') as quiet_from,"
            " to_char(quiet_to, 'HH24:MI') as quiet_to"
            " from notice_rules where manager_id = $1",
            manager_id,
        )
        return NoticeRules(**dict(row)) if row else NoticeRules()

    async def set(self, manager_id: ManagerId, rules: NoticeRules) -> tuple[Target, ...]:
        """Replace them. Returns the manager's sockets."""
        row = await self._row(
            "select set_notice_rules($1, $2) as sockets", manager_id, rules.model_dump_json()
        )
        return Target.parse_all(row["sockets"])
