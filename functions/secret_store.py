"""Settings on Lambda: the environment, and two secrets that it names.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets.html
"""

import json
from typing import Any

from core import settings
from core.errors import Misconfigured
from core.settings import Settings

CONNECTIONS = ("DATABASE_URL", "OPENAI_KEY", "IDENTITY_KEY", "ORIGIN_SECRET")
OPEN_MODE = (
    "SECRET_KEY is not set. On Lambda everyone could reach every chat, so it does not start."
)


async def read_settings() -> Settings:
    """All settings of the function. Raises `Misconfigured`, also in open mode."""
    read = await read_connections()
    if read.secret_key_arn:
        key = await _value(read.secret_key_arn, read.aws_region)
        read = read.model_copy(update={"secret_key": key})
    if not read.secret_key:
        raise Misconfigured(OPEN_MODE)
    return read


async def read_connections() -> Settings:
    """The settings without `SECRET_KEY`, for a function that checks no token or ticket.

    Raises `Misconfigured`.
    """
    read = settings.read()
    if not read.connections_arn:
        return read
    try:
        held = json.loads(await _value(read.connections_arn, read.aws_region))
        given = {name.lower(): str(held[name]) for name in CONNECTIONS if held.get(name)}
    except (ValueError, AttributeError):
        raise Misconfigured("CONNECTIONS_ARN: the secret is not a JSON object.") from None
    return settings.read(**given)


async def _value(arn: str, region: str) -> str:
    # `AWS_ENDPOINT_URL` points the client at LocalStack.
    import aioboto3
    from aiobotocore.config import AioConfig
    from botocore.exceptions import BotoCoreError, ClientError

    config = AioConfig(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 3})
    session = aioboto3.Session(region_name=region)
    try:
        async with session.client("secretsmanager", config=config) as client:
            answer: dict[str, Any] = await client.get_secret_value(SecretId=arn)
    except (BotoCoreError, ClientError) as error:
        reason = getattr(error, "response", {}).get("Error", {}).get("Code")
        raise Misconfigured(
            f"The secret {arn} cannot be read: {reason or type(error).__name__}"
        ) from None
    return str(answer["SecretString"])
