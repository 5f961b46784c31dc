"""The published document as an object of S3, so that page views on AWS do not wake the database."""

import asyncio

import structlog

from core.delivery.aws import Clients

log = structlog.get_logger()

KEY = "sites.json"
CALL_SECONDS = 3.0


class InBucket:
    """All containers read one object, each twice a minute at most while it is asked.

    Where S3 does not answer, this process has its own document, made from the database.
    """

    fresh_seconds = 30.0

    def __init__(self, clients: Clients, bucket: str) -> None:
        self._clients = clients
        self._bucket = bucket

    async def read(self) -> bytes | None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            async with asyncio.timeout(CALL_SECONDS):
                s3 = await self._clients.s3()
                found = await s3.get_object(Bucket=self._bucket, Key=KEY)
                return bytes(await found["Body"].read())
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code != "NoSuchKey":
                log.warning("document_not_read", reason=code)
        except (BotoCoreError, OSError, TimeoutError) as error:
            log.warning("document_not_read", reason=type(error).__name__)
        return None

    async def write(self, document: bytes) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            async with asyncio.timeout(CALL_SECONDS):
                s3 = await self._clients.s3()
                await s3.put_object(
                    Bucket=self._bucket, Key=KEY, Body=document, ContentType="application/json"
                )
        except (BotoCoreError, ClientError, OSError, TimeoutError) as error:
            log.warning("document_not_written", reason=type(error).__name__)
