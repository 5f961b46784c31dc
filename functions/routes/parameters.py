"""The parameters of HTTP calls, in path and query."""

from typing import Annotated

from fastapi import Path, Query

from core.model import CHAT_ID

ChatIdParameter = Annotated[str, Query(pattern=f"^{CHAT_ID}$")]
ChatIdInPath = Annotated[str, Path(pattern=f"^{CHAT_ID}$")]
# A site's id, or its public key.
SiteParameter = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
SeqParameter = Annotated[int, Query(ge=0, le=2**31 - 1)]
NamedChats = Annotated[tuple[ChatIdParameter, ...], Query(max_length=50)]
SearchParameter = Annotated[str, Query(max_length=300)]
Limit = Annotated[int, Query(ge=1, le=200)]
ManagerIdInPath = Annotated[str, Path(min_length=1, max_length=300)]
