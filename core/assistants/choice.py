"""The choice of an assistant: OpenAI with a key, the echo without one."""

from pathlib import Path

import structlog

from core.assistants.assistant import Assistant, Echo
from core.errors import Misconfigured

OPENAI_URL = "https://api.openai.com/v1"


def make(
    *,
    openai_key: str | None,
    openai_base_url: str | None,
    assistant_id: str | None,
    assistants_dir: Path | None,
    stall_seconds: float,
    echo_delay: float,
) -> Assistant:
    """The assistant of these settings. Raises `Misconfigured` naming the wrong setting."""
    log = structlog.get_logger()
    key = (openai_key or "").strip()
    if not key:
        log.info("assistant_chosen", assistant="echo", reason="OPENAI_KEY is not set")
        return Echo(echo_delay)
    base_url = _checked(key, openai_base_url or OPENAI_URL)

    # The SDK takes half a second to import. Without a key it is not needed.
    from core.assistants import profile
    from core.assistants.openai import OpenAIAssistant

    chosen = profile.find(assistant_id, assistants_dir)
    log.info("assistant_chosen", assistant=chosen.name, model=chosen.options.model)
    return OpenAIAssistant(key=key, base_url=base_url, profile=chosen, stall_seconds=stall_seconds)


def _checked(key: str, base_url: str) -> str:
    """The base URL. Raises `Misconfigured` now for what would fail at the first message."""
    if not (key.isascii() and key.isprintable()):
        raise Misconfigured("OPENAI_KEY has characters that no key has. Please copy it again.")
    if not base_url.startswith(("http://", "https://")):
        raise Misconfigured("OPENAI_BASE_URL must begin with http:// or https://.")
    return base_url
