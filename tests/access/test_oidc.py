"""The keys of a team's login: when its issuer is asked for them, and what holds while it is away.

What a sign-in answers is in `test_identity.py`.
"""

import asyncio
from collections.abc import Iterator

import pytest

from core.auth import oidc
from core.auth.oidc import OidcLogin
from core.errors import TryAgain, Unauthorized
from tests.access.issuer import Issuer, new_key

CONFIGURATION = "/.well-known/openid-configuration"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@pytest.fixture
def login(issuer: Issuer) -> OidcLogin:
    return OidcLogin(issuer.url, "switchboard")


async def test_forged_tokens_do_not_ask_the_issuer_again(issuer: Issuer, login: OidcLogin) -> None:
    await login.read(issuer.token())
    for number in range(20):
        with pytest.raises(Unauthorized):
            await login.read(issuer.token(kid=f"forged-{number}"))
    assert issuer.asked == 2


async def test_a_new_key_is_asked_for_after_a_while(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "REFRESH_SECONDS", 0.0)
    login = OidcLogin(issuer.url, "switchboard")
    old = issuer.token()
    await login.read(old)
    issuer.use(new_key(), "two")
    manager, _ = await login.read(issuer.token())
    assert (manager.id, issuer.asked) == ("oidc:u-1", 3)
    with pytest.raises(Unauthorized):
        await login.read(old)


async def test_who_has_a_known_key_comes_in_while_the_issuer_is_away(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "REFRESH_SECONDS", 0.0)
    login = OidcLogin(issuer.url, "switchboard")
    await login.read(issuer.token())
    issuer.answers.clear()
    with pytest.raises(TryAgain):
        await login.read(issuer.token(kid="two"))
    assert (await login.read(issuer.token()))[0].name == "Olga"


@pytest.mark.parametrize("path", [CONFIGURATION, "/keys"])
@pytest.mark.parametrize(
    "answer",
    [(500, b""), (200, b""), (200, b"no JSON"), (200, b"[]"), (200, b"{}"), (200, b'{"keys": []}')],
)
async def test_an_issuer_that_does_not_answer_well_is_away(
    issuer: Issuer, login: OidcLogin, path: str, answer: tuple[int, bytes]
) -> None:
    well = issuer.answers[path]
    issuer.answers[path] = answer
    with pytest.raises(TryAgain):
        await login.read(issuer.token())
    issuer.answers[path] = well
    assert (await login.read(issuer.token()))[0].name == "Olga"


async def test_an_issuer_that_is_slow_leaves_threads_to_others(
    issuer: Issuer, login: OidcLogin
) -> None:
    """Python has at most 32 for all who want one."""
    issuer.open.clear()
    reading = [asyncio.create_task(login.read(issuer.token())) for _ in range(50)]
    # Each task comes to its first wait before this one goes on.
    await asyncio.sleep(0)
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "done"), 2) == "done"
    assert not any(task.done() for task in reading)
    issuer.open.set()
    assert {manager.id for manager, _ in await asyncio.gather(*reading)} == {"oidc:u-1"}
    assert issuer.asked == 2


async def test_keys_are_fetched_over_http_alone(issuer: Issuer, login: OidcLogin) -> None:
    issuer.answers[CONFIGURATION] = 200, b'{"jwks_uri": "file:///etc/hostname"}'
    with pytest.raises(TryAgain):
        await login.read(issuer.token())


async def test_a_single_key_needs_no_name(issuer: Issuer, login: OidcLogin) -> None:
    issuer.use(new_key(), None)
    assert (await login.read(issuer.token()))[0].name == "Olga"
    with pytest.raises(Unauthorized):
        await login.read(issuer.token(key=new_key()))
    with pytest.raises(Unauthorized):
        await login.read(issuer.token(kid="one"))


async def test_a_token_has_to_name_its_key_where_keys_have_names(
    issuer: Issuer, login: OidcLogin
) -> None:
    issuer.name = None
    with pytest.raises(Unauthorized):
        await login.read(issuer.token())
