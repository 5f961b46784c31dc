"""Addresses as proxies write them, and what a client writes in their place."""

import tracemalloc

import pytest

from core.auth.addresses import LONGEST, parsed


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (' "203.0.113.7:4711" ', "203.0.113.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("fe80::7%eth0", "fe80::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_an_address_is_read(text: str, address: str) -> None:
    found = parsed(text)
    assert found is not None and str(found) == address


@pytest.mark.parametrize(
    "text", ["", "unknown", "203.0.113", "1.2.3.4.5", " " * LONGEST + "1.2.3.4"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert parsed(text) is None


def test_what_a_client_writes_in_its_place_is_not_kept() -> None:
    tracemalloc.start()
    try:
        for n in range(200):
            assert parsed(f"{n:030000}") is None
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_000_000
