"""The keys of a team's login: when its issuer is asked for them, and what holds while it is away.

What a sign-in answers is in `test_identity.py`.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from core.auth import issuer_keys
from core.auth.oidc import Allowed, OidcLogin
from core.errors import Forbidden, TryAgain, Unauthorized
from tests.access.issuer import Issuer, new_key

OLGA = frozenset({"u-1"})
CONFIGURATION = "/.well-known/openid-configuration"


def login_of(issuer: Issuer, **allowed: Any) -> OidcLogin:
    return OidcLogin(issuer.url, "switchboard", Allowed(**(allowed or {"subs": OLGA})))


def a_while_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer_keys, "REFRESH_SECONDS", 0.0)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@pytest.fixture
def login(issuer: Issuer) -> OidcLogin:
    return login_of(issuer)


async def test_forged_tokens_do_not_ask_the_issuer_again(issuer: Issuer, login: OidcLogin) -> None:
    await login.read(issuer.token())
    for number in range(20):
        with pytest.raises(Unauthorized):
            await login.read(issuer.token(kid=f"forged-{number}"))
    assert issuer.asked == 2


async def test_an_issuer_that_is_away_is_asked_once(issuer: Issuer, login: OidcLogin) -> None:
    well = dict(issuer.answers)
    issuer.answers.clear()
    for number in range(20):
        with pytest.raises(TryAgain):
            await login.read(issuer.token(kid=f"forged-{number}"))
    assert issuer.asked == 1
    issuer.answers.update(well)
    with pytest.raises(TryAgain):
        await login.read(issuer.token())
    assert issuer.asked == 1


async def test_a_new_key_is_asked_for_after_a_while(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_while_passes(monkeypatch)
    login = login_of(issuer)
    old = issuer.token()
    await login.read(old)
    issuer.use(new_key(), "two")
    manager = (await login.read(issuer.token())).manager
    assert (manager.id, issuer.asked) == ("oidc:u-1", 3)
    with pytest.raises(Unauthorized):
        await login.read(old)


async def test_who_has_a_known_key_comes_in_while_the_issuer_is_away(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_while_passes(monkeypatch)
    login = login_of(issuer)
    await login.read(issuer.token())
    issuer.answers.clear()
    with pytest.raises(TryAgain):
        await login.read(issuer.token(kid="two"))
    assert (await login.read(issuer.token())).manager.name == "Olga"


@pytest.mark.parametrize("path", [CONFIGURATION, "/keys"])
@pytest.mark.parametrize(
    "answer",
    [(500, b""), (200, b""), (200, b"no JSON"), (200, b"[]"), (200, b"{}"), (200, b'{"keys": []}')],
)
async def test_an_issuer_that_does_not_answer_well_is_away(
    issuer: Issuer,
    login: OidcLogin,
    path: str,
    answer: tuple[int, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    well = issuer.answers[path]
    issuer.answers[path] = answer
    with pytest.raises(TryAgain):
        await login.read(issuer.token())
    issuer.answers[path] = well
    a_while_passes(monkeypatch)
    assert (await login.read(issuer.token())).manager.name == "Olga"


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
    assert {found.manager.id for found in await asyncio.gather(*reading)} == {"oidc:u-1"}
    assert issuer.asked == 2


async def test_keys_are_fetched_over_http_alone(issuer: Issuer, login: OidcLogin) -> None:
    issuer.answers[CONFIGURATION] = 200, b'{"jwks_uri": "file:///etc/hostname"}'
    with pytest.raises(TryAgain):
        await login.read(issuer.token())


async def test_a_single_key_needs_no_name(issuer: Issuer, login: OidcLogin) -> None:
    issuer.use(new_key(), None)
    assert (await login.read(issuer.token())).manager.name == "Olga"
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


@pytest.mark.parametrize(
    ("allowed", "claims", "enters"),
    [
        ({"subs": {"u-1"}}, {}, True),
        ({"subs": {"u-2"}}, {}, False),
        ({"domains": {"example.com"}}, {"email": "o@Example.com", "email_verified": True}, True),
        ({"domains": {"example.com"}}, {"email": "o@example.com", "email_verified": "true"}, True),
        ({"domains": {"example.com"}}, {"email": "o@example.com"}, False),
        ({"domains": {"example.com"}}, {"email": "o@example.com", "email_verified": False}, False),
        ({"domains": {"example.com"}}, {"email": "o@a.example.com", "email_verified": True}, False),
        (
            {"domains": {"example.com"}},
            {"email": "o@badexample.com", "email_verified": True},
            False,
        ),
        ({"domains": {"example.com"}}, {"email": ["o@example.com"], "email_verified": True}, False),
        # The Kelvin sign in lower case is a `k`.
        ({"domains": {"book.com"}}, {"email": "o@boo\u212a.com", "email_verified": True}, False),
        ({"groups": {"chat"}}, {"groups": ["staff", "chat"]}, True),
        ({"groups": {"chat"}}, {"groups": "chat"}, True),
        ({"groups": {"chat"}}, {"groups": ["chats", ["chat"], None]}, False),
        ({"groups": {"chat"}}, {}, False),
        ({"groups": {"chat"}, "groups_claim": "roles"}, {"roles": ["chat"]}, True),
        ({"groups": {"chat"}, "groups_claim": "roles"}, {"groups": ["chat"]}, False),
        ({}, {"email": "o@example.com", "email_verified": True, "groups": [""]}, False),
    ],
)
async def test_only_whom_a_list_names_comes_in(
    issuer: Issuer, allowed: dict[str, Any], claims: dict[str, Any], enters: bool
) -> None:
    login = OidcLogin(issuer.url, "switchboard", Allowed(**allowed))
    token = issuer.token(**claims)
    if enters:
        assert (await login.read(token)).manager.id == "oidc:u-1"
    else:
        with pytest.raises(Forbidden):
            await login.read(token)


LATER = datetime.now(UTC) + timedelta(hours=1)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["switchboard", "another"], "azp": "another"},
        {"aud": ["switchboard", "another"]},
        {"azp": "another"},
        {"typ": "at+jwt"},
        {"typ": "logout+jwt"},
        {"iat": datetime.now(UTC) - timedelta(days=365)},
        {"iat": datetime.now(UTC) - timedelta(hours=25)},
        {"iat": LATER},
        {"iat": -1e300},
        {"iat": float("inf")},
        {"exp": float("inf")},
        {"sub": ""},
        {"sub": " "},
        {"sub": "u-1\x00"},
        {"sub": "u-1\ud800"},
        {"sub": "u" * 256},
    ],
)
async def test_what_is_no_id_token_for_us_is_refused(
    issuer: Issuer, login: OidcLogin, claims: dict[str, Any]
) -> None:
    await login.read(issuer.token(aud=["switchboard"], azp="switchboard"))
    await login.read(issuer.token(aud=["switchboard", "another"], azp="switchboard", typ="jwt"))
    with pytest.raises(Unauthorized):
        await login.read(issuer.token(**{"exp": LATER, **claims}))


async def test_an_access_token_of_keycloak_is_refused(issuer: Issuer, login: OidcLogin) -> None:
    claims = {"iss": issuer.url, "aud": "switchboard", "sub": "u-1", "typ": "Bearer"}
    times = {"iat": datetime.now(UTC), "exp": LATER}
    bearer = jwt.encode({**claims, **times}, issuer.key, "RS256", headers={"kid": "one"})
    with pytest.raises(Unauthorized):
        await login.read(bearer)
    of_id = jwt.encode(
        {**claims, **times, "typ": "ID"}, issuer.key, "RS256", headers={"kid": "one"}
    )
    assert (await login.read(of_id)).manager.name == "u-1"


async def test_two_people_whose_names_begin_alike_stay_two(issuer: Issuer) -> None:
    people = ["u" * 254 + "1", "u" * 254 + "2"]
    login = login_of(issuer, subs=frozenset(people))
    found = [(await login.read(issuer.token(sub=one))).manager.id for one in people]
    assert found == [f"oidc:{one}" for one in people]
