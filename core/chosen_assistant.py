"""Which assistant answers here: OpenAI's with a key, and without one the echo."""

import structlog

from core.assistant import Assistant, Echo
from core.errors import Misconfigured
from core.settings import Settings

OPENAI_URL = "https://api.openai.com/v1"


def make(settings: Settings) -> Assistant:
    """The assistant the settings name. Raises `Misconfigured` naming the variable or the file."""
    log = structlog.get_logger()
    key = (settings.openai_key or "").strip()
    if not key:
        log.info("assistant_echo", why="OPENAI_KEY is not set", delay=settings.echo_delay)
        return Echo(settings.echo_delay)
    base_url = _checked(key, settings.openai_base_url or OPENAI_URL)

    # The SDK takes half a second to import: only who has a key pays for it.
    from core import brief
    from core.openai_assistant import OpenAIAssistant

    chosen = brief.find(settings.assistant_id, settings.assistants_dir)
    log.info("assistant_openai", assistant=chosen.name, model=chosen.options.model)
    return OpenAIAssistant(
        key=key, base_url=base_url, brief=chosen, stall_seconds=settings.openai_stall_seconds
    )


def _checked(key: str, base_url: str) -> str:
    """The base URL. Raises `Misconfigured` for what would only fail at the first question."""
    if not (key.isascii() and key.isprintable()):
        raise Misconfigured("OPENAI_KEY holds characters no key has; copy it again.")
    if not base_url.startswith(("http://", "https://")):
        raise Misconfigured("OPENAI_BASE_URL must begin with http:// or https://.")
    return base_url
