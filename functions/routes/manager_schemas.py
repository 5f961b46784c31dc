"""The bodies of the calls about the team."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from core.model import Rank
from core.protocol.text import MAX_NAME, Text, optional_line
from functions.routes.receiver_schemas import ReceiverEmail
from functions.routes.schemas import NamedSite
from functions.routes.site_schemas import Strict

SiteIds = Annotated[list[NamedSite], Field(max_length=500)]


class NewColleague(Strict):
    """`sites`: the ids of those whose chats an agent sees. An admin sees all sites.

    `email`: the link goes there, too. The address is not kept.
    """

    name: Annotated[Text, optional_line(MAX_NAME)]
    role: Rank = "agent"
    sites: SiteIds = Field(default_factory=list)
    email: ReceiverEmail | None = None


class ManagerChanges(Strict):
    """What is left out stays. `sites` are all sites of the manager from then on."""

    role: Rank | None = None
    sites: SiteIds | None = None


class NewLink(Strict):
    """`end_sessions`: also end the manager's sign-ins and sockets. `email`: it goes there, too."""

    end_sessions: bool = False
    email: ReceiverEmail | None = None


class ManagerEntry(BaseModel):
    """A manager as admins see them. `sites`: whose member they are; an admin sees all sites.

    `sessions`: in how many browsers they are signed in. `online`: a console of theirs is open.
    `seen_at` is right to five minutes. `link_expires_at`: they have a link that nobody has used.
    `own_login`: the team's own login signs them in, and gives their rank.
    """

    id: str
    name: str
    role: Rank
    sites: list[str]
    sessions: int
    online: bool
    own_login: bool
    seen_at: AwareDatetime | None = None
    link_expires_at: AwareDatetime | None = None


class TeamList(BaseModel):
    """`mails`: links can be sent by mail."""

    mails: bool
    managers: list[ManagerEntry]


class SignInLink(BaseModel):
    """Whoever opens `url` first is signed in as the manager. It is shown this once."""

    url: str
    expires_at: AwareDatetime


class Invited(SignInLink):
    manager: ManagerEntry
