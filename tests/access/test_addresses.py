"""Who counts as one address: behind trusted proxies, behind others, and behind CloudFront."""

from collections.abc import Iterable
from typing import Any

import httpx2
import pytest

from core.auth.addresses import UNREADABLE, counted
from core.errors import Misconfigured
from core.settings import Settings, read
from functions import events, viewer
from local.proxies import Proxies
from tests.access.people import call, signed
from tests.server import Serve, Server

SECRET = "0123456789abcdef"
ONE_CHAT = {"CHATS_PER_HOUR": "3"}


def begun(server: Server, addresses: Iterable[str], source: str = "127.0.0.1") -> list[int]:
    """The statuses of new chats, each forwarded for an address."""
    transport = httpx2.HTTPTransport(local_address=source, verify=False)
    with httpx2.Client(transport=transport, timeout=60) as http:
        return [
            http.post(f"{server.url}/chats", json={}, headers={"x-forwarded-for": one}).status_code
            for one in addresses
        ]


def test_m9_fifty_addresses_behind_a_trusted_proxy_are_fifty(shared: Serve) -> None:
    server = signed(shared, **ONE_CHAT)
    fifty = [f"203.0.113.{n}" for n in range(50)]
    assert begun(server, fifty) == [201] * 50
    assert begun(server, fifty) == [429] * 50
    # A port does not make another address of it, and neither does a proxy on the way.
    assert begun(server, [f"{one}:{n + 1024}" for n, one in enumerate(fifty)]) == [429] * 50
    assert begun(server, [f"198.51.100.1, {one}, 127.0.0.1" for one in fifty]) == [429] * 50


def test_m9_a_peer_that_is_not_trusted_is_itself_whatever_it_says(shared: Serve) -> None:
    server = signed(shared, **ONE_CHAT)
    said = begun(server, ["203.0.113.201", "203.0.113.202"], source="127.0.0.9")
    assert said == [201, 429]


def test_m9_what_nobody_can_read_is_one_address(shared: Serve) -> None:
    server = signed(shared, **ONE_CHAT)
    odd = ["unknown", "_hidden", "[2001:db8::1", "1.2.3.4.5", "203.0.113.7,", "999.1.1.1:80"]
    assert sorted(begun(server, odd[:1] + odd[3:])) == [201, 429, 429, 429]


def test_m9_a_forwarded_loopback_counts_and_a_program_of_this_machine_does_not(
    shared: Serve,
) -> None:
    server = signed(shared, **ONE_CHAT)
    assert begun(server, ["127.0.0.1"] * 2) == [201, 429]
    assert begun(server, ["127.0.0.2"] * 2) == [201, 429]
    alone = [call(server, "POST", "/chats", json={}).status_code for _ in range(5)]
    assert alone == [201] * 5


def test_m9_none_is_believed_where_none_is_trusted(shared: Serve) -> None:
    server = signed(shared, **ONE_CHAT, TRUSTED_PROXIES="none")
    assert begun(server, ["203.0.113.1", "203.0.113.2"]) == [201, 429]


@pytest.mark.parametrize(
    ("written", "is_counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7:5678 ", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[2001:db8:1:2:3::4]:443", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        ("127.0.0.1", "127.0.0.1"),
        ("nobody", UNREADABLE),
        ("", UNREADABLE),
        (None, None),
    ],
)
def test_an_address_is_counted_however_it_is_written(
    written: str | None, is_counted: str | None
) -> None:
    assert counted(written) == is_counted


@pytest.mark.parametrize(
    ("peer", "forwarded", "visitor"),
    [
        ("10.0.0.2", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.2", ["198.51.100.1", "203.0.113.7, 10.9.9.9"], "203.0.113.7"),
        ("10.0.0.2", ["nobody, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.2", ["203.0.113.7, nobody"], UNREADABLE),
        ("10.0.0.2", ["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ("10.0.0.2", [], "10.0.0.2"),
        ("10.0.0.2", [", ".join(["10.0.0.3"] * 5000)], UNREADABLE),
        ("::ffff:10.0.0.2", ["203.0.113.7"], "203.0.113.7"),
        ("192.0.2.1", ["203.0.113.7"], "192.0.2.1"),
        ("127.0.0.1", [], None),
        ("127.0.0.1", ["203.0.113.7"], "127.0.0.1"),
        (None, ["203.0.113.7"], "203.0.113.7"),
    ],
)
def test_the_rightmost_address_that_is_no_proxys_counts(
    peer: str | None, forwarded: list[str], visitor: str | None
) -> None:
    proxies = Proxies(["10.0.0.0/8"])
    assert proxies.visitor(peer, [one.encode() for one in forwarded]) == visitor


def test_only_a_trusted_proxy_says_how_it_was_reached() -> None:
    proxies = Proxies(["10.0.0.0/8"])
    for peer, scheme in (("10.0.0.2", "https"), ("192.0.2.1", "http")):
        headers = [(b"x-forwarded-proto", b"https")]
        scope: dict[str, Any] = {"type": "http", "client": (peer, 1), "headers": headers}
        scope["scheme"] = "http"
        proxies.apply(scope)
        assert scope["scheme"] == scheme


def test_a_wrong_proxy_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"TRUSTED_PROXIES: .*number 2 is no address"):
        read(_env_file=None, trusted_proxies="10.0.0.0/8, nginx")


@pytest.mark.parametrize(
    ("secret", "shown", "said", "is_counted"),
    [
        (SECRET, SECRET, "203.0.113.7:46532", "203.0.113.7"),
        (SECRET, SECRET, "2001:db8:1:2:3:4:5:6:46532", "2001:db8:1:2::/64"),
        (SECRET, SECRET, "[2001:db8:1:2::6]:46532", "2001:db8:1:2::/64"),
        (SECRET, SECRET, "nobody", UNREADABLE),
        (SECRET, SECRET, None, "192.0.2.1"),
        (SECRET, "x" + SECRET, "203.0.113.7:46532", "192.0.2.1"),
        (SECRET, None, "203.0.113.7:46532", "192.0.2.1"),
        (None, SECRET, "203.0.113.7:46532", "192.0.2.1"),
        (None, None, "203.0.113.7:46532", "192.0.2.1"),
    ],
)
def test_m9_cloudfronts_viewer_counts_only_with_the_origins_secret(
    secret: str | None, shown: str | None, said: str | None, is_counted: str
) -> None:
    sent = {"X-Origin-Secret": shown, "CloudFront-Viewer-Address": said}
    headers = {name: value for name, value in sent.items() if value is not None}
    event = {"headers": headers, "requestContext": {"identity": {"sourceIp": "192.0.2.1"}}}
    settings = Settings(_env_file=None, origin_secret=secret)
    assert events.address(_App(settings), event) == is_counted  # type: ignore[arg-type]
    lower = {name.lower(): value for name, value in headers.items()}
    assert viewer.address(secret, lower.get, "192.0.2.1") == is_counted


class _App:
    """As much of an App as an address needs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
