"""Each peer gives a figure, stores what is said, and listens to this machine alone. One that
answers nothing gives none."""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import asyncpg
import psutil
import pytest
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_sockets
from websockets.exceptions import ConnectionClosed

import tests.benchmarks.__main__ as command
from tests.apart import apart
from tests.benchmarks.__main__ import BESIDE, kept, tried
from tests.benchmarks.bench import Machine, Scenario
from tests.benchmarks.crowd import broadcast, echoes
from tests.benchmarks.dialects import Acknowledged, Chainlit, Dialect, FanOfSocketIO
from tests.benchmarks.load import closed
from tests.benchmarks.peers import environments, running
from tests.benchmarks.peers.posting import posted
from tests.benchmarks.peers.scenarios import PEERS, turns
from tests.client import PATIENCE
from tests.server import Serve

PYTHON = Path(sys.executable).name
BY_NAME = {one.name: one for one in PEERS}
RESULT = {"value": 3.0, "bound": 2.0, "ratio": 1.5, "difference": 1.0}


@pytest.fixture
def machine(dsn: str, serve: Serve, tmp_path: Path) -> Machine:
    machine = Machine(dsn, tmp_path, 1.0)
    machine.port = int(serve(**machine.settings()).environment["PORT"])
    return machine


def had(peer: str) -> None:
    """Skip without it, in CI as well: nothing of Switchboard's stands on a peer."""
    if reason := environments.lacks(peer):
        pytest.skip(reason)


@pytest.mark.parametrize("name", ["P1 20", "P2 1", "P3 1", "P3 posts", "P4", "P4 nchan"])
def test_a_peer_and_we_give_a_figure(machine: Machine, name: str) -> None:
    scenario = BY_NAME[name]
    if reason := scenario.lacks():
        pytest.skip(reason)
    assert scenario.bound(machine) > 0
    assert scenario.value(machine) > 0


ROLES = "select role, count(*) from socketio_messages group by role"
TYPES = """select type, count(*) from "Step" where output like 'message %' group by type"""


@pytest.mark.parametrize(
    ("peer", "dialect", "query", "kinds"),
    [
        ("socketio", "acknowledged", ROLES, ("user", "assistant")),
        ("chainlit", "chainlit", TYPES, ("user_message", "assistant_message")),
    ],
)
def test_a_peer_has_stored_what_was_said_and_answered(
    dsn: str, tmp_path: Path, peer: str, dialect: str, query: str, kinds: tuple[str, str]
) -> None:
    had(peer)
    machine = Machine(dsn, tmp_path, 0.2)
    with getattr(running, peer)(machine) as port:
        said = machine.load(dialect, 1, 0, machine.seconds, port=port)["replies"]
        # Chainlit answers before it stores.
        found = apart(stored(dsn, query, said))
    assert all(found[kind] >= said > 0 for kind in kinds)


async def stored(dsn: str, query: str, enough: float) -> Counter[str]:
    connection = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                found = Counter({kind: n for kind, n in await connection.fetch(query)})
                if len(found) == 2 and min(found.values()) >= enough:
                    return found
                await asyncio.sleep(0.05)
    finally:
        await connection.close()


@pytest.mark.parametrize("peer", ["socketio", "chainlit", "serverless_offline", "nchan"])
def test_a_peer_listens_to_this_machine_alone_and_is_ended(
    dsn: str, tmp_path: Path, peer: str
) -> None:
    had(peer)
    machine = Machine(dsn, tmp_path, 1.0)
    with getattr(running, peer)(machine) as port:
        first = psutil.Process(machine.other_pid)
        processes = [first, *first.children(recursive=True)]
        heard = [
            one.laddr
            for process in processes
            for one in process.net_connections()
            if one.status == psutil.CONN_LISTEN
        ]
        assert port in {address.port for address in heard}
        assert {address.ip for address in heard} <= {"127.0.0.1", "::1"}
    assert not psutil.wait_procs(processes, PATIENCE)[1]


@pytest.fixture
async def silent() -> AsyncIterator[int]:
    """A peer that greets as Socket.IO does, and answers nothing more."""

    async def greet(socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            if socket.request and "EIO" in socket.request.path:
                await socket.send("0{}")
            async for said in socket:
                if str(said).startswith("40"):
                    await socket.send("40{}")

    async with serve_sockets(greet, "127.0.0.1", 0, close_timeout=0.1) as server:
        yield next(iter(server.sockets)).getsockname()[1]


@pytest.mark.parametrize("dialect", [Dialect, Acknowledged, Chainlit])
async def test_turns_with_a_peer_that_answers_nothing_fail(
    silent: int, dialect: type[Dialect]
) -> None:
    with pytest.raises(AssertionError, match="nobody was answered"):
        await closed([silent], 2, 0, 0.1, dialect())


async def test_all_else_with_a_peer_that_answers_nothing_fails(silent: int) -> None:
    with pytest.raises(TimeoutError):
        await echoes(silent, "/", 2, 0.1, patience=0.2)
    with pytest.raises(TimeoutError):
        await broadcast(silent, 2, 300, 0, 0.1, FanOfSocketIO(), patience=0.2)
    with pytest.raises(TimeoutError):
        await posted(silent, "/", "", 1, 1, 0.1, patience=0.2)


class Told(Machine):
    """The manager heard of the questions, and not of the answers."""

    def load(self, *words: object, port: int | str | None = None) -> dict[str, float]:
        return {"turns_per_second": 100.0, "pushed_per_turn": 1.0}


def test_a_peer_that_does_not_tell_the_manager_fails() -> None:
    machine = Told("", Path(), 1.0)
    assert turns(1, 0, "acknowledged")(0, machine, 1.0) == 100.0
    with pytest.raises(AssertionError, match="the manager got"):
        turns(1, 1, "acknowledged")(0, machine, 1.0)


def test_a_scenario_that_fails_has_no_result_and_says_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def nothing(machine: Machine) -> float:
        raise AssertionError("Traceback\nAssertionError: nobody was answered\n")

    failing = Scenario("P", "", nothing, nothing, "more")
    assert tried(failing, Machine("", Path(), 1.0), 1) is None
    assert tried(replace(failing, lacks=lambda: "no network"), Machine("", Path(), 1.0), 1) is None
    assert capsys.readouterr().out.splitlines() == [
        "| P | failed: AssertionError: nobody was answered |",
        "| P | left out: no network |",
    ]


def test_what_a_registry_does_not_give_is_left_out_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "HOME", tmp_path)
    assert environments.lacks("nchan") == "nchan is not installed; run: make bench PEERS=1"

    def refusing(folder: Path, packages: dict[str, str]) -> Iterator[list[str]]:
        yield [sys.executable, "-c", "import sys; sys.exit('no way\\nno such package')"]

    monkeypatch.setitem(environments.FROM, "apt", refusing)
    environments.install("nchan")
    assert environments.lacks("nchan") == f"nchan cannot be had: {PYTHON} says: no such package"
    monkeypatch.setitem(environments.FROM, "apt", lambda folder, packages: iter([["no-program"]]))
    environments.install("nchan")
    assert environments.lacks("nchan") == "nchan cannot be had: there is no no-program"
    monkeypatch.setitem(environments.FROM, "apt", lambda folder, packages: iter([]))
    environments.install("nchan")
    assert environments.lacks("nchan") is None
    # Another version than the one that is there.
    monkeypatch.setattr(environments, "wanted", lambda: {"nchan": {"apt": {"nginx": "2"}}})
    assert environments.lacks("nchan") == "nchan is not installed; run: make bench PEERS=1"


def test_every_version_is_exact_and_no_file_names_a_registry() -> None:
    for registries in environments.wanted().values():
        for packages in registries.values():
            assert all(re.fullmatch(r"[\d.:+a-z-]+", version) for version in packages.values())
    for file in environments.VERSIONS.parent.rglob("*.*"):
        if file.suffix != ".pyc":
            assert not re.search(r"https?://(?!127\.0\.0\.1)", file.read_text()), file


def test_the_picture_of_readme_has_five_figures_and_is_drawn_only_by_a_whole_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "HERE", tmp_path)
    results = {one.name: RESULT for one in PEERS}
    kept(BESIDE, results, whole=False, some=False)
    assert not (tmp_path / "beside.svg").exists()
    assert (tmp_path / ".bench" / "beside.svg").exists()
    kept(BESIDE, results, whole=True, some=False)
    root = ElementTree.fromstring((tmp_path / "beside.svg").read_text())
    bars = [rect.attrib["class"] for rect in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars == ["yes"] * 5
    assert "1.5 × Socket.IO: 3, 2" in "".join(root.itertext())
    # Without one of the five, the last picture stays.
    del results["P4"]
    (tmp_path / "beside.svg").write_text("as it was")
    kept(BESIDE, results, whole=True, some=False)
    assert (tmp_path / "beside.svg").read_text() == "as it was"
