"""CloudFormation's custom resource: migrates the database while a deploy waits.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
"""

import asyncio
import json
import urllib.request
from typing import Any

# CloudFormation waits for the answer. So every failure is answered, also that of an import.
PHYSICAL_ID = "switchboard-schema"
ONE_ROLE = (
    "The role that answers visitors also owns the tables. With DATABASE_OWNER_URL another role"
    " does, and this one can neither change them nor delete from the audit log."
)
ANSWER_SECONDS = 15.0
AGAIN_SECONDS = 5.0


def handler(event: dict[str, Any], context: Any) -> None:
    """Migrate, except on Delete, and answer. Raises OSError if CloudFormation takes no answer."""
    try:
        left = context.get_remaining_time_in_millis() / 1000 - ANSWER_SECONDS
        done = 0 if event["RequestType"] == "Delete" else asyncio.run(_migrate(left))
    except Exception as error:
        answer(event, "FAILED", f"{type(error).__name__}: {error}"[:1000], {})
    else:
        answer(event, "SUCCESS", "", {"Applied": str(done)})


async def _migrate(seconds: float) -> int:
    import structlog

    from core import log
    from core.errors import Misconfigured
    from core.store import address, database, migrate
    from functions import secret_store

    read = await secret_store.read_without_key()
    log.configure(read.log_level)
    if read.dsn is None:
        raise Misconfigured("DATABASE_URL is not set.")
    owner, user = read.database_owner_url, None
    if owner:
        user = address.read(read.dsn).user
    else:
        structlog.get_logger().warning("database_has_one_role", hint=ONE_ROLE)
    pool = await database.open_pool(
        owner or read.dsn, read.database_connections, read.database_proxy, read.database_ca
    )
    try:
        async with asyncio.timeout(seconds):
            await _awake(pool)
            return await migrate.migrate(pool, user)
    except TimeoutError:
        raise Misconfigured("DATABASE_URL: the database did not answer in time.") from None
    finally:
        await database.close_pool(pool)


async def _awake(pool: Any) -> None:
    """Wait for a sleeping database: a paused Aurora takes up to half a minute."""
    from core.errors import Misconfigured
    from core.store import database

    for last in (False, False, False, True):
        try:
            return await database.check(pool)
        except Misconfigured:
            if last:
                raise
        await asyncio.sleep(AGAIN_SECONDS)
    return None


def answer(event: dict[str, Any], status: str, reason: str, data: dict[str, str]) -> None:
    """Put the answer at the address where CloudFormation waits for it."""
    body = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId", PHYSICAL_ID),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": data,
    }
    # The signature of the address needs an empty content type.
    request = urllib.request.Request(
        event["ResponseURL"],
        data=json.dumps(body).encode(),
        method="PUT",
        headers={"Content-Type": ""},
    )
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS / 3):
        return
