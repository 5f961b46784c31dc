"""What a manager who is signed in makes: a link for another device, and tokens for programs."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Request

from core.model import ApiToken
from core.store.access import LINK_SECONDS
from functions.routes.dependencies import CurrentApp, CurrentBrowser
from functions.routes.schemas import ApiTokenInfo, ApiTokenList, DeviceLink, NewApiToken, NewToken

router = APIRouter(prefix="/manager")


@router.post("/links", status_code=201)
async def link(request: Request, app: CurrentApp, caller: CurrentBrowser) -> DeviceLink:
    """A link that signs another device in, once. It replaces one that was not used."""
    made = await app.access.another_device(caller)
    base = (app.settings.public_url or str(request.base_url)).rstrip("/")
    ends = datetime.now(UTC) + timedelta(seconds=LINK_SECONDS)
    until = caller.lasts_until
    return DeviceLink(
        # A browser does not send what stands after `#`.
        url=f"{base}/manager#token={made}",
        expires_at=min(ends, until) if until else ends,
    )


@router.get("/tokens", response_model_exclude_none=True)
async def tokens(app: CurrentApp, caller: CurrentBrowser) -> ApiTokenList:
    """One's own API tokens, without their secrets."""
    found = await app.api_tokens.of(caller.manager.id)
    return ApiTokenList(tokens=[_info(one) for one in found])


@router.post("/tokens", status_code=201, response_model_exclude_none=True)
async def add_token(body: NewApiToken, app: CurrentApp, caller: CurrentBrowser) -> NewToken:
    """A token for programs, shown once: they send `Authorization: Bearer …`."""
    secret, made = await app.api_tokens.make(caller, body.name)
    return NewToken(token=secret, **_info(made).model_dump())


@router.delete("/tokens/{token_id}", status_code=204)
async def revoke_token(token_id: UUID, app: CurrentApp, caller: CurrentBrowser) -> None:
    """End one of one's own API tokens. All of the manager's sockets end, and may connect again."""
    await app.api_tokens.revoke(token_id, caller.manager.id)


def _info(token: ApiToken) -> ApiTokenInfo:
    return ApiTokenInfo(
        id=token.id,
        name=token.name,
        created_at=token.created_at,
        used_on=token.used_on,
        expires_at=token.until,
    )
