"""What people paste into the settings works, or one sentence names it and shows no secret."""

import pytest

from core import settings, urls
from core.errors import Misconfigured
from core.store.address import read

SERVER = "db.example"
NEON = "postgresql://u:p@ep-a-pooler.eu.neon.tech/neondb"
AZURE, DATED = "https://tea.openai.azure.com", "api-version=2025-04-01-preview"
SUPABASE = "postgresql://postgres.ref:p@aws-0-eu.pooler.supabase.com:6543/postgres"


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        (f"{NEON}?sslmode=require&channel_binding=require", f"{NEON}?sslmode=require"),
        (f"{NEON}?sslmode=require&channel_binding=prefer", f"{NEON}?sslmode=require"),
        (f"{SUPABASE}?pgbouncer=true&connection_limit=1", SUPABASE),
        ("postgresql+asyncpg://u:p@h/d?ssl=require", "postgresql://u:p@h/d?sslmode=require"),
        ("postgresql+psycopg2://u:p@h/d", "postgresql://u:p@h/d"),
        (
            "jdbc:postgresql://h:5433/d?user=u&password=p&ssl=true&currentSchema=chat",
            "postgresql://h:5433/d?user=u&password=p&sslmode=require&search_path=chat",
        ),
        ("postgres://u:p@h/d?ssl=false", "postgresql://u:p@h/d?sslmode=disable"),
        (
            "postgresql://u:p@h/d?schema=chat&pool_timeout=5",
            "postgresql://u:p@h/d?search_path=chat",
        ),
        (' "postgresql://u:p@h/d"\n', "postgresql://u:p@h/d"),
        ("postgresql://u:p@h1:1,h2:2/d", "postgresql://u:p@h1:1,h2:2/d"),
        ("postgresql://u:p@[::1]:5432/d", "postgresql://u:p@[::1]:5432/d"),
        ("postgresql:///d?host=/run/pg", "postgresql:///d?host=%2Frun%2Fpg"),
        ("postgresql://u:p%40%3A%2F@h/d", "postgresql://u:p%40%3A%2F@h/d"),
        ("postgresql://u:p@ss@h/d", "postgresql://u:p@ss@h/d"),
    ],
)
def test_a_pasted_address_is_read_as_it_is_meant(pasted: str, meant: str) -> None:
    assert read(pasted).dsn == meant


def test_an_address_may_say_that_a_pooler_is_in_between() -> None:
    assert read(f"{SUPABASE}?pgbouncer=true").pooled
    assert not read(SUPABASE).pooled


@pytest.mark.parametrize("sign", "/#?")
@pytest.mark.parametrize("before", ["secret1", "12", ""])
def test_a_password_with_a_sign_is_explained_and_not_shown(before: str, sign: str) -> None:
    with pytest.raises(Misconfigured, match="percent-encode") as caught:
        read(f"postgresql://u:{before}{sign}secret2@h:5432/d")
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("address", ["mysql://h/d", "nonsense", "postgresql://", "postgresql:///d"])
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(Misconfigured, match="DATABASE_URL must look like"):
        read(address)


@pytest.mark.parametrize(
    ("host", "dsn"),
    [
        ("::1", "postgresql://u:p%40@[::1]:5515/d"),
        ("/run/pg", "postgresql://u:p%40@/d?host=%2Frun%2Fpg&port=5515"),
        (SERVER, f"postgresql://u:p%40@{SERVER}:5515/d"),
    ],
)
def test_a_host_may_be_a_number_a_name_or_a_folder(host: str, dsn: str) -> None:
    given = settings.read(
        postgres_host=host,
        postgres_port=5515,
        postgres_user="u",
        postgres_password="p@",
        postgres_db="d",
    )
    assert given.dsn == dsn
    assert read(dsn).dsn == dsn


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://shop.example/", "https://shop.example"),
        ("https://Shop.example/a/page", "https://shop.example"),
        ("https://shop.example:443, http://shop.example:8080", "https://shop.example"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_read_as_a_browser_writes_it(given: str, meant: str) -> None:
    assert settings.read(allowed_origins=given).allowed_origins[0] == meant


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("allowed_origins", "shop.example"),
        ("allowed_origins", "*"),
        ("allowed_origins", "https://my%20shop"),
        ("allowed_origins", "https://*.example"),
        ("allowed_origins", "https://shop.example?x=1"),
        ("public_url", "chat.example"),
        ("public_url", "ftp://chat.example"),
        ("public_url", "https://chat.example:port"),
        ("ws_url", "https://chat.example"),
        ("openai_base_url", "localhost:11434/v1"),
        ("oidc_issuer", "login.example"),
    ],
)
def test_an_address_that_cannot_work_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name.upper()):
        settings.read(**{name: value})


@pytest.mark.parametrize(
    ("pasted", "api", "meant"),
    [
        ("http://localhost:11434/v1/", "responses", "http://localhost:11434/v1"),
        ("https://h.example/v1/responses", "responses", "https://h.example/v1"),
        (" https://h.example/v1/chat/completions\n", "chat", "https://h.example/v1"),
        (f"{AZURE}/openai/v1/", "responses", f"{AZURE}/openai/v1"),
        (f"{AZURE}/openai?{DATED}", "responses", f"{AZURE}/openai?{DATED}"),
        (f"{AZURE}/openai/responses?{DATED}", "responses", f"{AZURE}/openai?{DATED}"),
        (
            f"{AZURE}/openai/deployments/tea/chat/completions?{DATED}",
            "chat",
            f"{AZURE}/openai/deployments/tea?{DATED}",
        ),
    ],
)
def test_a_pasted_provider_is_read_as_it_is_meant(pasted: str, api: str, meant: str) -> None:
    assert settings.read(openai_api=api, openai_base_url=pasted).openai_base_url == meant


@pytest.mark.parametrize(
    ("address", "api", "says"),
    [
        ("https://h.example/v1/chat/completions", "responses", "OPENAI_API=chat"),
        ("https://h.example/v1/responses", "chat", "OPENAI_API=responses"),
        (f"{AZURE}/openai/deployments/tea?{DATED}", "responses", "OPENAI_API=chat"),
        ("https://h.example/v1?key=secret", "responses", "api-version"),
        (f"{AZURE}/openai?{DATED}&key=secret", "responses", "api-version"),
        ("https://user:secret@h.example/v1", "responses", "address alone"),
    ],
)
def test_a_provider_that_cannot_be_asked_is_refused_by_name(
    address: str, api: str, says: str
) -> None:
    with pytest.raises(Misconfigured, match=f"OPENAI_BASE_URL: .*{says}") as caught:
        settings.read(openai_api=api, openai_base_url=address)
    assert "secret" not in caught.value.message


def test_an_api_that_nobody_speaks_is_refused_by_name() -> None:
    with pytest.raises(Misconfigured, match=r"OPENAI_API: .*'responses' or 'chat'"):
        settings.read(openai_api="completions", openai_base_url="https://h.example/v1")


def test_a_slash_at_the_end_of_an_address_changes_nothing() -> None:
    assert settings.read(public_url="https://chat.example/").public_url == "https://chat.example"
    assert urls.http_url("https://chat.example/sub/") == "https://chat.example/sub"


def test_a_login_for_everybody_is_refused_in_a_sentence() -> None:
    login = {"oidc_issuer": "https://login.example", "oidc_audience": "us"}
    with pytest.raises(Misconfigured, match="OIDC_ALLOWED_DOMAINS") as caught:
        settings.read(**login)
    assert "OIDC_ALLOWED_GROUPS" in caught.value.message
    with pytest.raises(Misconfigured, match="OIDC_ALLOWED_DOMAINS"):
        settings.read(**login, oidc_allowed_domains=" , ")
    for wrong in ("*", "*.example.com", "example", "o@example.com"):
        with pytest.raises(Misconfigured, match=r"OIDC_ALLOWED_DOMAINS.*no domain"):
            settings.read(**login, oidc_allowed_domains=wrong)
    given = settings.read(**login, oidc_allowed_domains="@Example.com, example.org")
    assert given.oidc_allowed_domains == ("example.com", "example.org")
