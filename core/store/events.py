"""Events: facts about chats that the steps have stored."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from core.model import ChatId, Manager, SiteId
from core.store.database import Statements
from core.value import value

# In open mode the only manager has no row.
NO_NAME = "Manager"


# What managers did, and what happened to them. The parameters: chat, before, limit, site.
AUDIT = """
select e.id, e.at, e.name, e.chat_id, e.site_id, e.actor_id, m.name as actor_name,
       coalesce(e.seq::text, e.data->>'broadcast_id', e.data->>'by',
                e.data->>'manager_id' || coalesce(': ' || (e.data->>'role'), ''),
                e.data->>'contact_id', e.data->>'reply_id', e.data->>'tag_id',
                e.data->>'team_id', e.data->>'macro_id', e.data->>'view_id',
                nullif(concat_ws('@', e.data->>'assistant_id', e.data->>'version'), ''),
                nullif(e.data->>'address', ''),
                (select string_agg(f, ', ') from jsonb_array_elements_text(
                     case when e.name = 'site.changed' then e.data->'fields' end) f)
       ) as detail,
       (e.data->>'count')::int as count
from events e left join managers m on m.manager_id = e.actor_id
where (e.actor_kind = 'manager' or e.name like 'manager.%')
  and ($1::text is null or e.chat_id = $1) and e.id < $2
  and ($4::text is null or e.site_id = $4)
order by e.id desc limit $3
"""


@value
class AuditEntry:
    """One action of a manager, or what happened to one: then `manager` is None.

    `detail` is a message's `seq`, a broadcast's id, how a manager signed in, which manager
    (before a new rank: `anna: admin`), contact, canned reply, macro or view it was, which fields
    of a site were changed, which version of an assistant was saved, or the address of failed
    sign-ins. `count` says how often those failed in this minute.
    """

    id: int
    at: datetime
    manager: Manager | None
    action: str
    chat_id: ChatId | None
    detail: str | None
    count: int | None
    site_id: SiteId | None = None


class EventStore(Statements):
    async def audit(
        self,
        chat_id: ChatId | None,
        before: int | None,
        limit: int,
        site_id: SiteId | None = None,
    ) -> Sequence[AuditEntry]:
        """What managers did, and what happened to them, the newest first.

        `site_id`: only what happened on this site.
        """
        found = await self._rows(
            AUDIT,
            chat_id,
            before if before is not None else 2**63 - 1,
            limit,
            site_id,
        )
        return [_entry(row) for row in found]


def _entry(row: asyncpg.Record) -> AuditEntry:
    actor = row["actor_id"]
    return AuditEntry(
        id=row["id"],
        at=row["at"],
        manager=Manager(actor, row["actor_name"] or NO_NAME) if actor else None,
        action=_action(row["name"]),
        chat_id=row["chat_id"],
        detail=row["detail"],
        count=row["count"],
        site_id=row["site_id"],
    )


def _action(name: str) -> str:
    """The audit's name of an event: `taken_over` for `chat.taken_over`, and so on."""
    noun, verb = name.split(".", 1)
    if noun in ("site", "contact", "assistant", "team", "tag", "canned", "macro", "view"):
        return f"{noun}_{verb}"
    return noun if noun == "broadcast" else verb
