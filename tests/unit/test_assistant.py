"""The echo, the choice of an assistant, its profile, and what the system says itself."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.assistants import choice
from core.assistants.assistant import Assistant, Echo, StreamEnded, TextPiece
from core.assistants.openai import OpenAIAssistant
from core.assistants.profile import Options, find, with_model
from core.chat import sentences
from core.errors import Misconfigured
from core.model import ChatId, Conversation, Line
from tests.leaping import LeapingLoop

KEY = "sk-test"


def make(
    openai_key: str | None = None,
    openai_base_url: str | None = None,
    openai_model: str | None = None,
    assistant_id: str | None = None,
    echo_delay: float = 1,
) -> Assistant:
    return choice.make(
        openai_key=openai_key,
        openai_base_url=openai_base_url,
        openai_api="responses",
        openai_model=openai_model,
        assistant_id=assistant_id,
        assistants_dir=None,
        stall_seconds=20,
        echo_delay=echo_delay,
    )


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / f"{name}.md"
    path.write_text(content, encoding="utf-8")
    return path


def echoed(delay: float, age: float) -> tuple[list[object], float]:
    """What it said, and how many seconds it waited."""
    conversation = Conversation(ChatId("ada"), (Line("user", " Grüße 👋\n  twice "),), age=age)

    async def listen() -> tuple[list[object], float]:
        said: list[object] = [event async for event in Echo(delay).stream(conversation)]
        return said, asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(listen())


def test_the_echo_says_exactly_what_was_said() -> None:
    events, _ = echoed(0, 0)
    assert events == [TextPiece(" Grüße 👋\n  twice "), StreamEnded(None)]


@pytest.mark.parametrize(("age", "seconds"), [(0.0, 0.2), (0.1, 0.1), (9.0, 0.0)])
def test_the_echo_waits_until_the_question_is_old_enough(age: float, seconds: float) -> None:
    _, took = echoed(0.2, age)
    assert took == pytest.approx(seconds, abs=0.001)


def test_i9_the_echo_answers_each_message_and_openai_merges_them() -> None:
    assistants: list[Assistant] = [Echo(1), make(openai_key=KEY)]
    assert [assistant.merges_messages for assistant in assistants] == [False, True]
    assert [assistant.history for assistant in assistants] == [1, 60]


@pytest.mark.parametrize("key", [None, "", "  "])
def test_without_a_key_there_is_the_echo_and_a_line_says_so(key: str | None) -> None:
    with capture_logs() as logs:
        assistant = make(openai_key=key, echo_delay=0.5, assistant_id="asst_1")
    assert isinstance(assistant, Echo)
    assert assistant.delay == 0.5
    assert [line["reason"] for line in logs] == ["OPENAI_KEY is not set"]


def test_with_a_key_there_is_openai_and_no_log_holds_the_key() -> None:
    with capture_logs() as logs:
        assistant = make(openai_key=f"{KEY}\n")
    assert isinstance(assistant, OpenAIAssistant)
    assert [(line["assistant"], line["model"]) for line in logs] == [("default", "gpt-6-luna")]
    assert KEY not in str(logs)


def test_an_address_without_a_key_is_asked_without_one() -> None:
    assert isinstance(make(openai_base_url="http://localhost:11434/v1"), OpenAIAssistant)


def test_another_model_keeps_no_option_that_only_some_models_take() -> None:
    chosen = find(None, None)
    assert chosen.options.reasoning_effort
    options = with_model(chosen, "llama3.2").options
    assert (options.model, options.reasoning_effort) == ("llama3.2", None)
    assert options.max_output_tokens == chosen.options.max_output_tokens


def test_the_model_of_the_settings_is_said_with_the_address() -> None:
    with capture_logs() as logs:
        make(openai_base_url="http://localhost:11434/v1", openai_model="llama3.2")
    (line,) = logs
    assert (line["model"], line["endpoint"], line["api"]) == (
        "llama3.2",
        "http://localhost:11434/v1",
        "responses",
    )


@pytest.mark.parametrize("assistant_id", ["asst_abc123", "pmpt_abc123"])
def test_a_retired_id_is_one_warning_that_names_the_file(assistant_id: str, tmp_path: Path) -> None:
    with capture_logs() as logs:
        profile = find(assistant_id, tmp_path)
    assert profile == find(None, None)
    (line,) = logs
    assert (line["log_level"], line["assistant"]) == ("warning", "default")
    assert line["expected_file"] == str(tmp_path / f"{assistant_id}.md")


def test_a_retired_id_with_a_file_is_that_file(tmp_path: Path) -> None:
    write(tmp_path, "asst_abc123", "You sell tea.")
    with capture_logs() as logs:
        profile = find("asst_abc123", tmp_path)
    assert (profile.name, profile.instructions) == ("asst_abc123", "You sell tea.")
    assert profile.options == Options()
    assert not logs


def test_a_file_of_ones_own_comes_before_the_built_in_one(tmp_path: Path) -> None:
    write(tmp_path, "default", "\ufeff---\nmodel: gpt-6.2-sol\nhistory_tokens: 900\n---\n\nTea.\n")
    profile = find(None, tmp_path)
    assert profile.instructions == "Tea."
    assert (profile.options.model, profile.options.history_tokens) == ("gpt-6.2-sol", 900)


@pytest.mark.parametrize(
    "assistant_id",
    ["../default", "a/b", "a\\b", "..", ".hidden", "a\0b", "a b", "é", "x" * 200, "/etc/passwd"],
)
def test_an_id_is_a_name_not_a_path(assistant_id: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="ASSISTANT_ID"):
        find(assistant_id, tmp_path)


def test_an_unknown_id_is_misconfigured_naming_variable_and_file(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"ASSISTANT_ID is sales.*sales\.md"):
        find("sales", tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("---\nmodle: x\n---\nTea.", "modle"),
        ("---\ninstructions: x\n---\nTea.", "instructions"),
        ("---\nmax_output_tokens: many\n---\nTea.", "max_output_tokens"),
        ("---\ntemperature: 3\n---\nTea.", "temperature"),
        ("---\nmodel: [\n---\nTea.", "cannot be read"),
        ("---\n- a\n- b\n---\nTea.", "sets nothing"),
        ("---\nmodel = x\n---\nTea.", "sets nothing"),
        ("---\nmodel: x\n---\n \n", "no instructions"),
        ("", "no instructions"),
    ],
)
def test_a_wrong_file_is_misconfigured_naming_it(tmp_path: Path, content: str, says: str) -> None:
    write(tmp_path, "shop", content)
    with pytest.raises(Misconfigured, match=says) as raised:
        find("shop", tmp_path)
    assert "shop.md" in raised.value.message


def test_a_file_that_is_not_text_is_misconfigured(tmp_path: Path) -> None:
    (tmp_path / "shop.md").write_bytes(b"\xff\xfe\x00tea")
    with pytest.raises(Misconfigured, match=r"shop\.md: cannot be read"):
        find("shop", tmp_path)


@pytest.mark.parametrize(
    ("values", "variable"),
    [
        ({"openai_key": "sk-“quoted”"}, "OPENAI_KEY"),
        ({"openai_key": "sk-a\nb"}, "OPENAI_KEY"),
        ({"assistant_id": "sales"}, "ASSISTANT_ID"),
    ],
)
def test_a_wrong_setting_is_said_at_start(values: dict[str, Any], variable: str) -> None:
    with pytest.raises(Misconfigured, match=variable):
        make(**{"openai_key": KEY} | values)


def test_importing_the_assistant_loads_neither_openai_nor_the_file_reader() -> None:
    script = """
import sys, core.assistants.choice, core.settings
core.assistants.choice.make(
    openai_key=None, openai_base_url=None, openai_api="responses", openai_model=None,
    assistant_id=None, assistants_dir=None, stall_seconds=20, echo_delay=1)
sys.exit(", ".join({"openai", "httpx2", "frontmatter", "fastapi"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
    assert done.stderr.strip() == ""


@pytest.mark.parametrize("locale", ["de", "de-AT", "DE_ch", " de "])
def test_the_system_speaks_german_where_asked(locale: str) -> None:
    said = (sentences.failed, sentences.person_asked, sentences.budget_spent)
    for sentence in said:
        assert "Team" in sentence(locale)
        assert sentence(locale) != sentence("en")


@pytest.mark.parametrize("locale", [None, "", "en-GB", "fr", "dex", "💬"])
def test_the_system_speaks_english_otherwise(locale: str | None) -> None:
    assert sentences.failed(locale) == sentences.failed("en")
