"""Mail by SES, with the API's own shapes: what it takes leaves, what it refuses is dead."""

from email.message import EmailMessage
from typing import Any

import boto3
import pytest

from core.delivery.carriers.carrier import NotSent, Refused
from core.delivery.post import Ses, office

pytestmark = pytest.mark.noticed


@pytest.fixture
def ses(moto: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return boto3.client("ses", region_name="us-east-1")


def mail(sender: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "ada@home.example", "Grüße"
    made["Message-ID"] = "<1@shop.example>"
    made.set_content("Hällo")
    return made


async def test_a_verified_sender_leaves_by_ses(ses: Any, tmp_path: Any) -> None:
    ses.verify_email_identity(EmailAddress="chat@shop.example")
    before = ses.get_send_quota()["SentLast24Hours"]
    way = office("ses://us-east-1", tmp_path)
    assert isinstance(way, Ses)
    await way.send(mail("chat@shop.example"))
    assert ses.get_send_quota()["SentLast24Hours"] == before + 1


async def test_what_ses_refuses_is_not_tried_again(ses: Any) -> None:
    with pytest.raises(NotSent) as error:
        await Ses("us-east-1").send(mail("nobody@else.example"))
    assert isinstance(error.value, Refused) and error.value.code == "ses_MessageRejected"
