"""Settings on Lambda: the environment, and the secrets that it names, one for each setting.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets.html
"""

import asyncio
from typing import Any

from core import settings
from core.errors import Misconfigured
from core.settings import Settings

# `DATABASE_URL_ARN` names the secret that holds `DATABASE_URL`, and so on.
SECRETS = (
    *("secret_key", "database_url", "database_ca", "database_owner_url"),
    *("openai_key", "identity_key", "origin_secret", "mail_url"),
)
OPEN_MODE = (
    "SECRET_KEY is not set. On Lambda everyone could reach every chat, so it does not start."
)


async def read_settings() -> Settings:
    """The settings of a function that opens sockets or signs people in.

    Raises `Misconfigured`, also in open mode.
    """
    read = await read_without_key()
    if not read.secret_key:
        raise Misconfigured(OPEN_MODE)
    return read


async def read_without_key() -> Settings:
    """The settings of a function that checks no token and no ticket. Raises `Misconfigured`."""
    read = settings.read()
    named = {name: arn for name in SECRETS if (arn := getattr(read, f"{name}_arn"))}
    if not named:
        return read
    return settings.read(**await _values(named, read.aws_region))


async def _values(named: dict[str, str], region: str) -> dict[str, str]:
    # `AWS_ENDPOINT_URL` points the client at LocalStack.
    import aioboto3
    from aiobotocore.config import AioConfig

    config = AioConfig(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 3})
    session = aioboto3.Session(region_name=region)
    async with session.client("secretsmanager", config=config) as client:
        found = await asyncio.gather(*(_value(client, arn) for arn in named.values()))
    return dict(zip(named, found, strict=True))


async def _value(client: Any, arn: str) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer: dict[str, Any] = await client.get_secret_value(SecretId=arn)
    except (BotoCoreError, ClientError) as error:
        reason = getattr(error, "response", {}).get("Error", {}).get("Code")
        raise Misconfigured(
            f"The secret {arn} cannot be read: {reason or type(error).__name__}"
        ) from None
    return str(answer["SecretString"])
