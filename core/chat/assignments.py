"""Who is responsible for a chat. It changes nothing of who answers: the assistant goes on."""

from collections.abc import Mapping, Sequence

from core.chat.publish import Publisher
from core.delivery.carriers.news import News, titled
from core.model import Chat, ChatId, Manager, ManagerId, Row, Sight
from core.protocol.assignment_frames import ManagerAssigned
from core.protocol.frames import encode
from core.store.assignments import Assignable, AssignmentStore, TeamOfSite

# Of one team at once. What is left has a timer.
AT_ONCE = 100


class Assignments:
    def __init__(self, store: AssignmentStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    async def assign(
        self, chat_id: ChatId, changes: Mapping[str, str | None], manager: Manager
    ) -> Chat:
        """Give a chat to somebody, to a team, or to nobody. Raises `NotFound` and `Invalid`.

        A balanced team gives it to one of its members at once, if one is here.
        """
        made = await self._store.assign(chat_id, changes, manager.id)
        await self._publisher.publish(*made)
        return next(one.chat for one in made if one.chat and one.chat.chat_id == chat_id)

    async def give_back(self, manager: Manager) -> int:
        """Give what waits for a manager back to the team. Gives how many chats that were."""
        given, made = await self._store.give_back(manager.id)
        await self._publisher.publish(*made)
        return given

    async def place(self, ref: str) -> None:
        """Give a balanced team's chats to its members who are here. A timer's handler."""
        await self._publisher.publish(*await self._store.place(ref, AT_ONCE))

    async def tell(self, ref: str) -> None:
        """Tell somebody that others have made them responsible for a chat. A timer's handler."""
        news = await self._store.tell(ChatId(ref))
        if news is None:
            return
        frame = encode(ManagerAssigned(chat_id=ref, name=news.name))
        await self._publisher.send(frame, news.sockets)
        if news.to_deliver:
            await self._publisher.deliver_outside()

    async def teams(self, sites: Sight) -> tuple[Sequence[TeamOfSite], Sequence[Assignable]]:
        """The teams of these sites, and who may be responsible there."""
        return await self._store.teams(sites)

    async def save_team(self, team: TeamOfSite, manager: Manager) -> None:
        """Make a team, or change it. Raises `Invalid`."""
        await self._store.save_team(team, manager.id)

    async def remove_team(self, team_id: str, manager: Manager) -> None:
        """Remove a team. Raises `NotFound`."""
        await self._store.remove_team(team_id, manager.id)


def yours(store: AssignmentStore) -> News:
    """The push for whom others have made responsible. It is over when they are not any more."""

    async def is_over(row: Row) -> bool:
        return not await store.is_news(ChatId(row["chat_id"]), ManagerId(row["target"]))

    shown = titled(
        {
            "en": "You are responsible now: {name}",
            "de": "Sie sind jetzt zuständig: {name}",
        }
    )
    return News("chat.yours", shown, of_the_team=True, beside=True, is_over=is_over)
