"""docs/configuration.md and the settings name the same variables, with the same defaults."""

import re
from typing import Any

import yaml
from pydantic import TypeAdapter

from core import settings
from core.assistants.profile import Options
from core.settings import Settings
from tests.docs.pages import Row, coded, page
from tests.server import ROOT

PAGE = page("docs/configuration.md")
OTHERS, PROVIDERS = "Read by others", "Other providers"
PROFILE, WIDGET = "An assistant's profile", "The widget"
COMPOSE, LAMBDA = "With docker-compose", "On Lambda only"
# The image and the server make these themselves, or they are for tests.
MADE = {"RING_QUEUE_URL", "DELIVER_QUEUE_URL", "PUBLISHED_BUCKET", "CALLBACK_URL", "WATCH_TASKS"}


def rows(*without: str) -> dict[str, Row]:
    """The rows of all tables but some, by the name in the first cell."""
    sections = {name: rows for name, rows in PAGE.tables.items() if name not in without}
    named = [(coded(row[0])[0], row) for rows in sections.values() for row in rows]
    assert len(named) == len(dict(named)), "each stands there once"
    return dict(named)


def read(settings: type[Any], name: str, cell: str) -> object:
    """What a setting of this text is."""
    (written,) = coded(cell) or ("",)
    if not written:
        return None
    field = settings.model_fields[name]
    if isinstance(field.default, tuple):
        return tuple(written.split(","))
    # Read as the environment is, where everything is a text.
    return TypeAdapter(field.rebuild_annotation()).validate_python(written)


def default(settings: type[Any], name: str) -> object:
    value = settings.model_fields[name].get_default()
    return None if value == () else value


def test_every_setting_is_there_and_nothing_else() -> None:
    assert set(rows(OTHERS, PROVIDERS, PROFILE, WIDGET)) == {
        name.upper() for name in Settings.model_fields
    }


def test_the_defaults_are_those_of_the_code() -> None:
    for name, row in rows(OTHERS, PROVIDERS, PROFILE, WIDGET).items():
        assert read(Settings, name.lower(), row[1]) == default(Settings, name.lower()), name


def test_each_address_of_a_provider_is_read() -> None:
    table = PAGE.tables[PROVIDERS]
    assert len(table) >= 9
    for name, cell, apis, *_ in table:
        addresses = coded(cell)
        assert len(addresses) == (name != "OpenAI")
        for api in ("responses", "chat") if apis == "both" else coded(apis):
            for address in addresses:
                given = address.replace("DATE", "2025-04-01-preview")
                assert settings.read(openai_api=api, openai_base_url=given).openai_base_url == given


def test_what_others_read_is_no_setting_and_is_read() -> None:
    texts = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "docker-compose.yml", *(ROOT / "local").rglob("*.py"))
    )
    for row in PAGE.tables[OTHERS]:
        for name in coded(row[0]):
            assert name.lower() not in Settings.model_fields
            assert name in texts or row[1] in ("uvicorn", "docker-compose"), name


def test_a_profiles_options_are_those_of_the_code() -> None:
    options = {coded(row[0])[0]: row for row in PAGE.tables[PROFILE]}
    assert list(options) == list(Options.model_fields)
    for name, row in options.items():
        assert read(Options, name, row[1]) == default(Options, name), name


def test_the_widgets_attributes_are_those_that_it_reads() -> None:
    named = {name for row in PAGE.tables[WIDGET] for name in coded(row[0])}
    source = (ROOT / "functions/web/widget/options.js").read_text(encoding="utf-8")
    assert named == {f"data-{name}" for name in re.findall(r"\b(?:data\.|own\(\")(\w+)", source)}


def test_what_docker_compose_does_not_hand_on_is_said() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    handed_on = set(compose["services"]["app"]["environment"])
    section = PAGE.text.partition(f"## {COMPOSE}")[2].partition("\n## ")[0]
    said = set(re.findall(r"`([A-Z_]+)`", section))
    lambdas = {coded(row[0])[0] for row in PAGE.tables[LAMBDA]}
    assert {name.upper() for name in Settings.model_fields} - handed_on - lambdas - MADE == said
