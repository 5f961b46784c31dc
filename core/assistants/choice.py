"""The choice of an assistant: OpenAI with a key or an address, the echo without both."""

from pathlib import Path

import structlog

from core.assistants.assistant import Assistant, Echo
from core.assistants.endpoint import OPENAI_URL
from core.assistants.endpoint import read as read_endpoint
from core.errors import Misconfigured

log = structlog.get_logger()


def make(
    *,
    openai_key: str | None,
    openai_base_url: str | None,
    openai_api: str,
    openai_model: str | None,
    assistant_id: str | None,
    assistants_dir: Path | None,
    stall_seconds: float,
    echo_delay: float,
) -> Assistant:
    """The assistant of these settings. Raises `Misconfigured` naming the wrong setting."""
    key = _read_key(openai_key)
    if key is None and not openai_base_url:
        log.info("assistant_chosen", assistant="echo", reason="OPENAI_KEY is not set")
        return Echo(echo_delay)
    # The SDK takes half a second to import. The echo does not need it.
    from core.assistants import profile
    from core.assistants.chat_completions import ChatCompletions
    from core.assistants.openai import OpenAIAssistant
    from core.assistants.responses import Responses

    installed = profile.installed(assistant_id, assistants_dir, openai_model)
    chosen = installed.usual
    endpoint = read_endpoint(openai_base_url or OPENAI_URL)
    log.info(
        "assistant_chosen",
        assistant=chosen.name,
        model=chosen.options.model,
        endpoint=endpoint.url,
        api=openai_api,
    )
    return OpenAIAssistant(
        key=key,
        endpoint=endpoint,
        api=ChatCompletions() if openai_api == "chat" else Responses(),
        profile=chosen,
        files=installed.files,
        stall_seconds=stall_seconds,
    )


def _read_key(given: str | None) -> str | None:
    key = (given or "").strip() or None
    if key and not (key.isascii() and key.isprintable()):
        # Say now what would fail at the first message.
        raise Misconfigured("OPENAI_KEY has characters that no key has. Please copy it again.")
    return key
