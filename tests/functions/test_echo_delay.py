"""The echo's answer waits in the queue, and not in a function that is paid for meanwhile."""

import secrets

import boto3
import pytest

from core.app import App
from core.delivery.jobs import AnswerChat
from core.model import ChatId
from core.settings import Settings
from core.store import database

JOB = AnswerChat(ChatId("a"))


@pytest.mark.parametrize(
    ("given", "delayed"),
    [
        ({}, 1),
        ({"echo_delay": 2.7}, 1),
        # Less than a second is waited for by whoever does the job.
        ({"echo_delay": 0.7}, 0),
        ({"echo_delay": 0}, 0),
    ],
)
async def test_a_visitors_message_waits_in_the_queue_as_long_as_the_echo_would(
    given: dict[str, object],
    delayed: int,
    dsn: str,
    pool: database.Pool,
    sqs: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": sqs,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("sqs", region_name="us-east-1")
    url = client.create_queue(QueueName=f"echo-{secrets.token_hex(4)}")["QueueUrl"]
    read = Settings.model_validate({"database_url": dsn, "ring_queue_url": url, **given})
    app = await App.open(read)
    try:
        await app.queue.enqueue(JOB)
        offered = app.queue.offer(JOB)
        assert offered is not None
        await offered
    finally:
        await app.close()
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    client.close()
    # What else asks for an answer asks for it now.
    assert [int(found[name]) for name in names] == [2 - delayed, delayed]
