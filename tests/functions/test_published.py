"""On AWS, what page views need of the sites is an object of S3: the database need not be awake."""

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import boto3
import pytest

from core.app import App
from core.model import ManagerId
from core.settings import Settings
from tests.tickets import SECRET_KEY

pytestmark = pytest.mark.sites

# Nobody listens there: a database that sleeps would at least wake up.
NO_DATABASE = "postgresql://nobody@127.0.0.1:9/nothing"
BOSS = ManagerId("boss")


@pytest.fixture
def bucket(moto: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    name = f"published-{secrets.token_hex(4)}"
    s3: Any = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket=name)
    s3.close()
    return name


@asynccontextmanager
async def container(database_url: str, bucket: str) -> AsyncIterator[App]:
    """An App as the function `http` opens it in one container."""
    app = await App.open(
        Settings(
            database_url=database_url,
            database_connections=1,
            ring_queue_url="http://127.0.0.1:9/rings",
            published_bucket=bucket,
            secret_key=SECRET_KEY,
        )
    )
    try:
        yield app
    finally:
        await app.close()


async def test_a_page_view_asks_the_bucket_and_no_database(dsn: str, bucket: str) -> None:
    async with container(dsn, bucket) as one:
        shop = await one.sites.make("Shop", BOSS)
        await one.sites.change(shop.id, None, {"origins": ["https://shop.example"]}, BOSS)
    async with container(NO_DATABASE, bucket) as other:
        found = await other.sites.named(shop.key)
        assert found.name == "Shop"
        assert await other.sites.origins_of(found) == ("https://shop.example",)


async def test_another_container_knows_a_change_in_time(
    dsn: str, bucket: str, moved: Callable[[float], None]
) -> None:
    async with container(dsn, bucket) as one, container(NO_DATABASE, bucket) as other:
        shop = await one.sites.make("Shop", BOSS)
        assert (await other.sites.named(shop.key)).consent is None
        await one.sites.change(shop.id, None, {"consent": "We read along."}, BOSS)
        moved(31)
        assert (await other.sites.named(shop.key)).consent == "We read along."


async def test_without_the_bucket_the_database_is_asked(dsn: str, bucket: str) -> None:
    async with container(dsn, f"{bucket}-gone") as one:
        shop = await one.sites.make("Shop", BOSS)
        assert (await one.sites.named(shop.key)).name == "Shop"


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time go by for what a process keeps of the sites."""
    real = time.monotonic
    ahead = [0.0]
    monkeypatch.setattr("core.chat.sites.time.monotonic", lambda: real() + ahead[0])
    return lambda seconds: ahead.__setitem__(0, ahead[0] + seconds)
