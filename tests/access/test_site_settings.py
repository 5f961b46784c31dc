"""Admins make and change sites in the browser. What they leave alone comes from the environment."""

from typing import Any

import pytest

from core.store.database import Pool
from tests.access.people import begin, call, signed
from tests.server import Serve, Server
from tests.tickets import manager_token

pytestmark = pytest.mark.sites

SHOP = "https://shop.example"


class Admin:
    def __init__(self, server: Server, token: str) -> None:
        self.server, self.token = server, token

    def ask(self, method: str, path: str = "", status: int = 200, **body: Any) -> Any:
        sent = body if method in ("POST", "PATCH") else None
        answer = call(self.server, method, f"/manager/sites{path}", self.token, json=sent)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
async def admin(serve: Serve, pool: Pool) -> Admin:
    server = signed(serve, ALLOWED_ORIGINS=SHOP, TOKENS_PER_DAY="5000")
    return Admin(server, await manager_token(pool, "boss", "admin"))


async def test_a_site_inherits_until_somebody_touches_it(admin: Admin, pool: Pool) -> None:
    made = admin.ask("POST", status=201, name="  The Shop ")
    assert made["name"] == "The Shop" and made["key"].startswith("site_")
    assert f'data-site="{made["key"]}"' in made["snippet"]
    assert "origins" not in made and made["inherited"]["origins"] == [SHOP]
    assert made["inherited"]["tokens_per_day"] == 5000 and made["members"] == []
    at = f"/{made['id']}"
    changed = admin.ask(
        "PATCH", at, rev=made["rev"], origins=["https://Blog.example/"], tokens_per_day=7,
        theme={"accent": "#aa0000"}, texts={"de": {"title": "Frag uns"}},
        time_zone="Europe/Berlin", answering_mode="never",
    )  # fmt: skip
    assert changed["origins"] == ["https://blog.example"] and changed["rev"] == made["rev"] + 1
    assert changed["answering_mode"] == "never"
    assert changed["theme"] == {"accent": "#aa0000"} and changed["tokens_per_day"] == 7
    # It is published at once.
    shown = admin.server.get(f"/sites/{made['key']}").json()
    assert shown["texts"] == {"de": {"title": "Frag uns"}}
    headers = {"origin": "https://blog.example"}
    for origin, status in (("https://blog.example", 201), (SHOP, 403)):
        headers = {"origin": origin}
        body = {"site": made["key"]}
        begun = call(admin.server, "POST", "/chats", json=body, headers=headers)
        assert begun.status_code == status
    again = admin.ask("PATCH", at, origins=None, texts=None, theme=None)
    assert "origins" not in again and again["texts"] == again["theme"] == {}
    noted = call(admin.server, "GET", f"/manager/audit?site={made['id']}", admin.token).json()
    assert [(one["action"], one.get("detail")) for one in noted["entries"]] == [
        ("site_changed", "origins, texts, theme"),
        ("site_changed", "answering, origins, texts, theme, time_zone, tokens_per_day"),
        ("site_made", None),
    ]
    assert {one["manager"]["id"] for one in noted["entries"]} == {"boss"}


async def test_nobody_overwrites_what_they_have_not_seen(admin: Admin) -> None:
    rev = admin.ask("GET", "/default")["rev"]
    admin.ask("PATCH", "/default", rev=rev, consent="We read along.")
    refused = admin.ask("PATCH", "/default", 409, rev=rev, consent="We do not.")
    assert refused["code"] == "conflict"
    # A call that is repeated, because its answer was lost, changes nothing.
    same = admin.ask("PATCH", "/default", rev=rev, consent="We read along.")
    assert same["rev"] == rev + 1


@pytest.mark.parametrize(
    ("where", "body"),
    [
        ("origins.1", {"origins": [SHOP, "*"]}),
        ("time_zone", {"time_zone": "Mars/Olympus"}),
        ("theme.accent", {"theme": {"accent": "red; }"}}),
        ("privacy_url", {"privacy_url": "javascript:alert(1)"}),
        ("tokens_per_day", {"tokens_per_day": -1}),
        ("identity_key", {"identity_key": "short"}),
        ("name", {"name": None}),
        ("answering_mode", {"answering_mode": "sometimes"}),
        ("colour", {"colour": "red"}),
    ],
)
async def test_an_error_names_its_field(admin: Admin, where: str, body: dict[str, Any]) -> None:
    assert f"`{where}`" in admin.ask("PATCH", "/default", 422, **body)["detail"]


async def test_an_archived_site_begins_no_chat_and_the_first_site_stays(admin: Admin) -> None:
    made = admin.ask("POST", status=201, name="Old")
    admin.ask("PATCH", f"/{made['id']}", archived=True)
    refused = call(admin.server, "POST", "/chats", json={"site": made["key"]})
    assert refused.status_code == 409
    assert admin.ask("PATCH", f"/{made['id']}", archived=False)["archived"] is False
    admin.ask("PATCH", "/default", 409, archived=True)
    admin.ask("PATCH", "/none", 404, archived=True)
    begin(admin.server)


async def test_a_sites_key_for_identities_is_never_shown_again(admin: Admin, pool: Pool) -> None:
    key = "k" * 40
    assert not admin.ask("GET", "/default")["has_identity_key"]
    changed = admin.ask("PATCH", "/default", identity_key=key)
    assert changed["has_identity_key"] and key not in str(changed)
    row = await pool.fetchval("select sites::text from sites")
    assert key not in row and key.encode().hex() not in row
    assert key not in admin.server.get("/sites/default").text
    assert not admin.ask("PATCH", "/default", identity_key=None)["has_identity_key"]
