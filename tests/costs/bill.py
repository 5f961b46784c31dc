"""What AWS would charge for what was used."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from tests.costs.meter import Used
from tests.infra.runtime_api import ROOT

PRICES = Path(__file__).parent / "prices.toml"
GB = 1e9
# START, END and REPORT of one invocation, as Lambda writes them by itself.
PLATFORM_BYTES = len(
    """START RequestId: 8f5b4c1e-9d3a-4b7e-8f21-6a5d0c9e7b13 Version: $LATEST
END RequestId: 8f5b4c1e-9d3a-4b7e-8f21-6a5d0c9e7b13
REPORT RequestId: 8f5b4c1e-9d3a-4b7e-8f21-6a5d0c9e7b13\tDuration: 12.34 ms\t\
Billed Duration: 13 ms\tMemory Size: 512 MB\tMax Memory Used: 117 MB\t
"""
)
# What stands for the values of the access log's line, as long as they are.
SAMPLE = "x" * 18


def prices() -> dict[str, float]:
    """USD for one, by name."""
    return {name: one["usd"] for name, one in tomllib.loads(PRICES.read_text()).items()}


def platform_bytes() -> int:
    """What Lambda itself writes of an invocation that went well, by the template."""
    template = (ROOT / "infra" / "template.yaml").read_text()
    return 0 if "SystemLogLevel: WARN" in template else PLATFORM_BYTES


def access_line_bytes() -> int:
    """The length of a line of the access log, from the template's format."""
    template = (ROOT / "infra" / "template.yaml").read_text()
    found = re.search(r"^ *Format: '(\{\"requestId.*)'$", template, re.MULTILINE)
    assert found
    return len(re.sub(r"\$context\.[\w.]+", SAMPLE, found[1])) + 1


@dataclass(frozen=True, slots=True)
class Bill:
    """USD, by what they are for."""

    messages: float
    minutes: float
    lambda_time: float
    lambda_requests: float
    queues: float
    logs: float
    traffic: float

    @property
    def total(self) -> float:
        return sum(float(getattr(self, one.name)) for one in fields(self))


def bill(used: Used, memory: Mapping[str, int]) -> Bill:
    """`memory`: the megabytes of each function."""
    usd = prices()
    gb_seconds = sum(
        spent / 1000 * memory[function] / 1024 for function, spent in used.milliseconds.items()
    )
    frames_in = sum(count for name, count in used.frames.items() if name.startswith("in "))
    calls = used.invocations["http"]
    logged = (
        used.log_bytes
        + used.invocations.total() * platform_bytes()
        + frames_in * access_line_bytes()
    )
    return Bill(
        messages=used.messages * usd["message"] + calls * usd["http_call"],
        minutes=used.socket_minutes * usd["socket_minute"],
        lambda_time=gb_seconds * usd["gb_second"],
        lambda_requests=used.invocations.total() * usd["invocation"],
        queues=used.requests * usd["queue_request"] + used.schedules * usd["schedule"],
        logs=logged / GB * usd["log_gb"],
        traffic=used.bytes_out / GB * usd["out_gb"],
    )
