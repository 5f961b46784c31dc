"""Admins make assistants, change them, and take old versions back. Nothing is lost by that."""

from pathlib import Path
from typing import Any

import pytest

from core.store.database import Pool
from tests.access.people import call, signed
from tests.server import Serve, Server
from tests.tickets import manager_token

pytestmark = pytest.mark.sites

TEA = "You sell tea."
FILE = "---\nmodel: house-model\ntemperature: 0.5\n---\nYou are the house.\n"


class Boss:
    """An admin, and what they ask about assistants."""

    def __init__(self, server: Server, token: str) -> None:
        self.server, self.token = server, token

    def ask(self, method: str, path: str = "", status: int = 200, **body: Any) -> Any:
        sent = body if method in ("POST", "PATCH") else None
        path = path if path.startswith("/manager") else f"/manager/assistants{path}"
        answer = call(self.server, method, path, self.token, json=sent)
        assert answer.status_code == status, answer.text
        return answer.json()

    def make(self, **fields: Any) -> Any:
        return self.ask("POST", status=201, **{"name": "Tea", "instructions": TEA, **fields})


@pytest.fixture
async def boss(serve: Serve, pool: Pool, tmp_path: Path) -> Boss:
    (tmp_path / "house.md").write_text(FILE)
    (tmp_path / "broken.md").write_text("---\nmodell: x\n---\nHello\n")
    server = signed(serve, ASSISTANTS_DIR=str(tmp_path), ASSISTANT_ID="house")
    return Boss(server, await manager_token(pool, "boss", "admin"))


def listed(boss: Boss) -> dict[str, Any]:
    return {one["id"]: one for one in boss.ask("GET")["assistants"]}


async def test_files_are_there_and_cannot_be_changed(boss: Boss) -> None:
    found = boss.ask("GET")
    assert (found["usual"], found["usual_model"], found["echoes"]) == ("house", "house-model", True)
    # A file that is wrong is left out, and the log says why.
    assert {one["id"] for one in found["assistants"] if one["file"]} == {"default", "house"}
    assert "assistant_left_out" in boss.server.log and "modell" in boss.server.log
    house = boss.ask("GET", "/house")
    assert house["instructions"] == "You are the house." and "rev" not in house
    assert house["options"]["model"] == "house-model" and house["options"]["temperature"] == 0.5
    assert "a copy of it" in boss.ask("PATCH", "/house", 409, name="Mine")["detail"]
    assert boss.ask("GET", "/house/versions")["versions"] == []
    boss.ask("GET", "/nobody", 404)


async def test_each_save_is_a_version_and_an_old_one_comes_back_as_a_new_one(boss: Boss) -> None:
    made = boss.make(temperature=0.2)
    at = f"/{made['id']}"
    assert (made["rev"], made["name"], made["saved_by"]["id"]) == (1, "Tea", "boss")
    assert made["options"] == {
        "temperature": 0.2, "history_tokens": 6000, "history_messages": 60, "ask_for_person": True
    }  # fmt: skip
    changed = boss.ask("PATCH", at, rev=1, instructions="You sell coffee.", temperature=None)
    assert changed["rev"] == 2 and "temperature" not in changed["options"]
    # A call that is repeated, because its answer was lost, makes no version.
    assert boss.ask("PATCH", at, rev=1, instructions="You sell coffee.")["rev"] == 2
    boss.ask("PATCH", at, 409, rev=1, instructions="You sell cake.")
    boss.ask("POST", f"{at}/versions/1/restore", 409, rev=1)
    restored = boss.ask("POST", f"{at}/versions/1/restore", rev=2)
    assert restored["rev"] == 3 and restored["instructions"] == TEA
    assert restored["options"] == made["options"]
    versions = boss.ask("GET", f"{at}/versions")["versions"]
    assert [(one["version"], one.get("restored_from")) for one in versions] == [
        (3, 1), (2, None), (1, None)
    ]  # fmt: skip
    assert {one["saved_by"]["id"] for one in versions} == {"boss"}
    older = boss.ask("GET", f"{at}/versions?before=3&limit=1")["versions"]
    assert [one["version"] for one in older] == [2]
    assert boss.ask("GET", f"{at}/versions/2")["instructions"] == "You sell coffee."
    boss.ask("GET", f"{at}/versions/9", 404)
    noted = boss.ask("GET", "/manager/audit")["entries"]
    assert [(one["action"], one["detail"]) for one in noted[:3]] == [
        ("assistant_restored", f"{made['id']}@3"),
        ("assistant_changed", f"{made['id']}@2"),
        ("assistant_made", made["id"]),
    ]


async def test_a_site_chooses_what_is_there_for_it(boss: Boss) -> None:
    shop = boss.ask("POST", "/manager/sites", 201, name="Shop")["id"]
    hers = boss.make(name="Hers", site=shop)["id"]
    all_sites = boss.make(name="For all")["id"]
    boss.ask("POST", status=404, name="Lost", instructions=TEA, site="nowhere")
    for site, chosen, status in (
        (shop, hers, 200), ("default", hers, 422), ("default", "nobody", 422),
        ("default", "default", 200), ("default", all_sites, 200),
    ):  # fmt: skip
        answer = boss.ask("PATCH", f"/manager/sites/{site}", status, assistant_id=chosen)
        if status == 422:
            assert "`assistant_id`" in answer["detail"]
    assert listed(boss)[hers]["sites"] == [shop] and listed(boss)[hers]["site"] == shop
    assert listed(boss)[all_sites]["sites"] == ["default"]
    # Nobody loses their assistant by that.
    boss.ask("PATCH", f"/{hers}", 409, archived=True)
    boss.ask("PATCH", f"/manager/sites/{shop}", assistant_id=None)
    assert boss.ask("PATCH", f"/{hers}", archived=True)["archived"]
    boss.ask("PATCH", f"/manager/sites/{shop}", 422, assistant_id=hers)
    assert not boss.ask("PATCH", f"/{hers}", archived=False)["archived"]


@pytest.mark.parametrize(
    ("where", "body"),
    [
        ("name", {"name": " "}),
        ("instructions", {"instructions": "\u200b"}),
        ("instructions", {"instructions": "x" * 20_001}),
        ("model", {"model": " "}),
        ("max_output_tokens", {"max_output_tokens": 3}),
        ("temperature", {"temperature": 2.5}),
        ("history_tokens", {"history_tokens": None}),
        ("reasoning_effort", {"reasoning_effort": "much"}),
        ("colour", {"colour": "red"}),
    ],
)
async def test_an_error_names_its_field(shared: Serve, where: str, body: dict[str, Any]) -> None:
    server = shared()
    answer = server.post("/manager/assistants", {"name": "Tea", "instructions": TEA, **body})
    assert answer.status_code == 422 and f"`{where}`" in answer.json()["detail"]
