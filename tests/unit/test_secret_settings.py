"""Whatever stands in a setting with a secret: one sentence names it, and shows no part of it."""

import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from core import settings
from core.errors import Misconfigured
from core.store import database
from tests.apart import apart

ODD = st.text(st.sampled_from("/#?@:%[]&=+ \\'\"$<>^`|{}~!*;,.\n\té中\ud800\udcff0aZ"), max_size=6)
SECRET = "s3cr3t"
SECRETS = st.builds(lambda a, b, c: f"{a}{SECRET}{b}{SECRET}{c}", ODD, ODD, ODD)
HOSTS = st.sampled_from(["h.example", "h.example:5432", "[::1]", "[::1", "h:port", "", "h:99999"])
URLS = {
    "database_url": ["postgresql", "postgres", "postgresql+asyncpg", "jdbc:postgresql", "mysql"],
    "public_url": ["https", "http", "ftp"],
    "ws_url": ["wss", "https"],
    "manager_ws_url": ["ws"],
    "callback_url": ["https"],
    "openai_base_url": ["https", "file"],
    "oidc_issuer": ["https"],
    "allowed_origins": ["https", "shop"],
    "ring_queue_url": ["https", "ftp"],
    "trusted_proxies": ["https"],
    "oidc_allowed_domains": ["https"],
}
TAILS = st.sampled_from(["", "/", "/name", "/name?sslmode=require", "/?x=1", "/v1?api-version=1"])


@st.composite
def urls(draw: Any) -> tuple[str, str]:
    """A setting, and a URL with a secret where people put one."""
    name = draw(st.sampled_from(sorted(URLS)))
    scheme, host, tail = draw(st.sampled_from(URLS[name])), draw(HOSTS), draw(TAILS)
    secret = draw(SECRETS)
    return name, draw(
        st.sampled_from(
            [
                f"{scheme}://user:{secret}@{host}{tail}",
                f"{scheme}://{secret}@{host}{tail}",
                f"{scheme}://{host}{tail or '/'}{'&' if '?' in tail else '?'}password={secret}",
                f"{scheme}://{host}/{secret}{tail}",
                f"user:{secret}@{host}{tail}",
            ]
        )
    )


def said_of(name: str, value: str) -> tuple[str, str]:
    """The sentence of a start with this value, and all that it prints. Empty: it is taken."""
    try:
        read = settings.read(_env_file=None, **{name: value})
        if read.dsn:
            apart(_opened(read.dsn))
    except Misconfigured as error:
        return error.message, "".join(traceback.format_exception(error))
    return "", ""


async def _opened(dsn: str) -> None:
    await database.close_pool(await database.open_pool(dsn, 1))


@examples(deadline=None)
@given(urls())
def test_no_secret_in_an_address_is_ever_said(given_url: tuple[str, str]) -> None:
    name, value = given_url
    sentence, printed = said_of(name, value)
    assert SECRET not in printed, printed
    assert not sentence or (name.upper() in sentence and "\n" not in sentence), sentence


@examples(deadline=None)
@given(SECRETS)
def test_a_password_of_its_own_may_hold_anything(secret: str) -> None:
    try:
        read = settings.read(_env_file=None, postgres_user="u", postgres_password=secret)
        assert read.dsn is not None and SECRET in read.dsn
        apart(_opened(read.dsn))
    except Misconfigured as error:
        assert SECRET not in error.message and "POSTGRES_PASSWORD" in error.message


@pytest.mark.parametrize("name", ["secret_key", "identity_key", "nodes_secret", "origin_secret"])
def test_a_short_key_is_refused_by_name(name: str) -> None:
    with pytest.raises(Misconfigured, match=name.upper()) as caught:
        settings.read(_env_file=None, **{name: SECRET})
    assert SECRET not in caught.value.message
