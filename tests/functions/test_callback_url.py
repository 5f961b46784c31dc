"""Where pushes to a connection go: from the settings or from AWS's names, never from a header."""

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from core.settings import Settings
from functions.events import target

EVENT: dict[str, Any] = {
    "headers": {"Host": "evil.example"},
    "requestContext": {
        "apiId": "abcdef1234",
        "stage": "manager",
        "connectionId": "BFaVtfGSIAMCKug=",
        "domainName": "evil.example",
    },
}


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (
            {"aws_region": "eu-central-1"},
            "abcdef1234.execute-api.eu-central-1.amazonaws.com/manager",
        ),
        (
            {"aws_region": "cn-north-1", "aws_url_suffix": "amazonaws.com.cn"},
            "abcdef1234.execute-api.cn-north-1.amazonaws.com.cn/manager",
        ),
        ({"callback_url": "https://one.example/"}, "one.example/manager"),
        (
            {"callback_url": "https://a.example/{api_id}/{stage}/"},
            "a.example/abcdef1234/manager",
        ),
        (
            {"callback_url": "https://{api_id}.a.example:4566"},
            "abcdef1234.a.example:4566/manager",
        ),
    ],
)
def test_the_callback_url_of_a_connection(settings: dict[str, Any], url: str) -> None:
    app: Any = SimpleNamespace(settings=Settings(_env_file=None, **settings))
    assert target(app, EVENT).callback_url == f"https://{url}"


@pytest.mark.parametrize("value", ["{api_id}", "ftp://{api_id}.example", "https://{other}/x y?z"])
def test_a_callback_url_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="must"):
        Settings(_env_file=None, callback_url=value)
