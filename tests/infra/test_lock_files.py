"""What is pinned is pinned by hash, and names no place to fetch it from."""

import json

import pytest

from tests.infra.tools import ROOT


def test_each_package_of_the_checks_is_pinned_and_named_by_its_hash_alone() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert packages.pop("")["devDependencies"] == wanted
    assert all(version[0].isdigit() for version in wanted.values())
    assert packages
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_file_names_no_address(name: str) -> None:
    assert "://" not in (ROOT / name).read_text()


def test_the_lock_file_of_the_checks_names_no_address_but_those_that_ask_for_money() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    for package in lock["packages"].values():
        package.pop("funding", None)
    assert "://" not in json.dumps(lock)
