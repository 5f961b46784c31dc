"""Mail leaves by a real SMTP server, or stays in a folder that open mode shows."""

import secrets
from pathlib import Path

import pytest

from tests.access.people import begin, call, signed
from tests.client import Client
from tests.e2e.test_deliveries import SITE, ask_for_person, logged
from tests.mailbox import mailbox, text_of
from tests.receivers import Receiver
from tests.server import PoolOf, Serve, Server
from tests.tickets import manager_token

pytestmark = pytest.mark.noticed

FROM = "Müllers Laden <chat@shop.example>"
EVENTS = ["chat.waiting"]


def add_mail(server: Server, token: str | None, email: str, language: str = "en") -> None:
    body = {"kind": "mail", "name": "Team", "email": email, "events": EVENTS, "language": language}
    answer = call(server, "POST", f"{SITE}/receivers", token, json=body)
    assert answer.status_code == 201, answer.text


@pytest.mark.filterwarnings("ignore:Requiring AUTH", "ignore:Session.login_data")
async def test_a_mailbox_hears_of_a_waiting_chat(serve: Serve, pool_of: PoolOf) -> None:
    async with mailbox("chat", "a password") as smtp:
        server = signed(serve, MAIL_URL=smtp.url.replace(" ", "%20"), MAIL_FROM=FROM)
        pool = await pool_of(server)
        token = await manager_token(pool, f"boss-{secrets.token_hex(4)}", "admin")
        add_mail(server, token, "team@shop.example", "de")
        user = begin(server)
        await ask_for_person(user, "Wo ist mein Päckchen?\r\nBcc: evil@shop.example")
        [mail] = await smtp.got("team@shop.example")
    assert "wartet" in mail["Subject"] and str(mail["From"]) == FROM
    assert "Wo ist mein Päckchen?" in text_of(mail) and user.chat_id in text_of(mail)
    assert mail["Bcc"] is None and mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@shop.example>") and mail["References"]


async def test_what_a_mail_server_cannot_take_now_comes_again_with_the_same_id(
    serve: Serve, pool_of: PoolOf
) -> None:
    async with mailbox() as smtp:
        smtp.refuses["full@shop.example"] = ["452 4.2.2 The mailbox is full"]
        smtp.refuses["nobody@shop.example"] = ["550 5.1.1 There is nobody of this name"]
        server = signed(serve, MAIL_URL=smtp.url, MAIL_FROM="chat@shop.example")
        pool = await pool_of(server)
        token = await manager_token(pool, f"boss-{secrets.token_hex(4)}", "admin")
        for name in ("full", "nobody"):
            add_mail(server, token, f"{name}@shop.example")
        await ask_for_person(begin(server))
        [mail] = await smtp.got("full@shop.example")
        done = await logged(server, token, Receiver(), kind="mail", state="done", attempts=2)
        assert mail["Message-ID"] == f"<{done['id']}@shop.example>"
        dead = await logged(server, token, Receiver(), kind="mail", state="dead")
        assert (dead["error"], dead["attempts"]) == ("smtp_550", 1)


async def test_without_a_server_mail_stays_in_a_folder_and_open_mode_shows_it(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(DATA_DIR=str(tmp_path))
    add_mail(server, None, "team@shop.example")
    async with Client(server, "/ws?chat_id=ada") as client:
        await client.say("<b>hello</b>")
        await client.send("human")
    await logged(server, "", Receiver(), kind="mail", state="done")
    page = server.get("/dev/mail").text
    assert "is waiting" in page and "&lt;b&gt;hello&lt;/b&gt;" in page and "<b>" not in page


@pytest.mark.parametrize("wrong", ["http://mail.example", "smtp://", "smtp://u:geheim@:25"])
async def test_a_wrong_mail_url_is_refused_without_being_shown(wrong: str) -> None:
    from core import settings
    from core.errors import Misconfigured

    with pytest.raises(Misconfigured, match="MAIL_URL") as refused:
        settings.read(mail_url=wrong, mail_from="a@b.example")
    assert "geheim" not in str(refused.value)
