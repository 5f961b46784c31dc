"""What visitors have typed stands in mail: it breaks no header, and no wrong address is logged."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest

from core.chat.ways import visitors_page
from core.delivery.carriers.carrier import Notice, Refused
from core.delivery.carriers.mail import Mail
from core.delivery.post import office

MADE = datetime(2026, 11, 26, tzinfo=UTC)


def notice(**values: Any) -> Notice:
    given = {"address": {"email": "team@shop.example"}, "facts": {}, "site": "Shop", **values}
    return Notice(UUID(int=1), "mail", "chat.waiting", "x", 1, MADE, **given)


@pytest.fixture
def mail(tmp_path: Any) -> Mail:
    return Mail(office(None, tmp_path), "chat@shop.example", "https://chat.example")


@pytest.mark.parametrize("between", ["\n", "\nBcc: evil@x.example\n", "\u2028", "\u2029", "\t"])
def test_a_name_with_line_breaks_is_one_line_in_the_subject(mail: Mail, between: str) -> None:
    made = mail.message(notice(visitor=f"Ada{between}Lovelace"))
    read = message_from_bytes(made.as_bytes(policy=policy.SMTP), policy=policy.default)
    assert read["Subject"] == " ".join(f"Ada{between}Lovelace is waiting on Shop.".split())
    assert read["Bcc"] is None and read["To"] == "team@shop.example"


@pytest.mark.parametrize("wrong", ["a@", "@b", "a@[1", "<a@b>", "", "a b@c.d", "a@b\nBcc: c@d.e"])
def test_an_address_that_is_none_is_refused_for_good(mail: Mail, wrong: str) -> None:
    with pytest.raises(Refused, match="no_address"):
        mail.message(notice(address={"email": wrong}))


BASE = "https://chat.example"
PAGES = {
    "https://shop.example/tea?a=1#b": True,
    "https://chat.example/": True,
    "https://evil.example/": False,
    "https://shop.example@evil.example/": False,
    "https://shop.example\\@evil.example/": False,
    "http://shop.example/": False,
    "javascript:alert(1)//https://shop.example": False,
    "https://shop.example/\n\nDear customer, your parcel waits at evil.example": False,
    "https://[": False,
    "": False,
}


@pytest.mark.parametrize("page", PAGES)
def test_a_mail_leads_only_to_pages_of_the_site(page: str) -> None:
    expected = page if PAGES[page] else BASE
    assert visitors_page(page, BASE, ["https://shop.example"]) == expected
