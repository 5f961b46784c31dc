"""The ways out by their kind, and where each notice goes. A new way is one line in `ways`."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from core.chat.news import LINKS
from core.delivery.carriers.carrier import Carrier, Gone, Notice, Refused
from core.delivery.carriers.hooks import Discord, Slack, Teams
from core.delivery.carriers.mail import Mail
from core.delivery.carriers.webhook import Webhook
from core.delivery.outgoing import Outgoing
from core.model import Row


def ways(outgoing: Outgoing, mail: Mail) -> dict[str, Carrier]:
    """A carrier for each kind of delivery."""
    return {
        "mail": mail,
        "slack": Slack(outgoing),
        "discord": Discord(outgoing),
        "teams": Teams(outgoing),
        "webhook": Webhook(outgoing),
    }


def address_of(row: Row, secret_key: str | None) -> Mapping[str, str]:
    """Where a claimed delivery goes. Raises `Gone` and `Refused`."""
    if row["kind"] == "push":
        return {}
    if row["what"] == "reply":
        return _letter_address(row["letter"])
    if row["what"] in LINKS:
        return _opened(row["data"].get("sealed"), secret_key, row["id"])
    receiver = row["receiver"]
    if receiver is None:
        raise Gone("removed")
    if receiver["email"]:
        return {"email": receiver["email"]}
    return _opened(receiver["sealed"], secret_key, receiver["receiver_id"])


def _opened(sealed: str | None, secret_key: str | None, owner: str) -> Mapping[str, str]:
    # Only functions that open secrets import what that needs.
    from core.auth.sealed import unseal

    content = bytes.fromhex((sealed or "").removeprefix("\\x"))
    opened = unseal(secret_key, content, owner) if secret_key else None
    if opened is None:
        raise Refused("sealed")
    address: dict[str, str] = json.loads(opened)
    return address


def _letter_address(letter: Row) -> Mapping[str, str]:
    if not letter["email"]:
        raise Gone("no_address")
    return {"email": letter["email"], "stop": letter["token"]}


def visitors_page(page: str | None, base: str, allowed: Collection[str]) -> str:
    """The page to go on at: the visitor's, if it is one of the site's, else our own.

    A visitor may name any page, and a mail with its address goes to whomever they name.
    """
    if not page or page.split() != [page]:
        return base
    try:
        parts, own = urlsplit(page), urlsplit(base)
    except ValueError:
        return base
    ours = f"{own.scheme}://{own.netloc}"
    return page if f"{parts.scheme}://{parts.netloc}" in (ours, *allowed) else base


def notice_of(row: Row, secret_key: str | None, base: str, allowed: Collection[str]) -> Notice:
    """A claimed delivery as a carrier reads it. Raises `Gone` and `Refused`.

    `allowed`: the origins of a site that names none.
    """
    chat, site = row["chat"] or {}, row["site"] or {}
    receiver, event = row["receiver"] or {}, row["event"] or {}
    since, chat_id, letter = chat.get("waiting_since"), row["chat_id"], row["letter"] or {}
    link = f"{base}/manager/inbox/open/{chat_id}" if chat_id else f"{base}/manager"
    address = address_of(row, secret_key)
    if row["what"] in LINKS:
        link = address["url"]
    if letter:
        origins = site.get("origins")
        link = visitors_page(letter["page"], base, allowed if origins is None else origins)
    return Notice(
        id=UUID(row["id"]),
        kind=row["kind"],
        what=row["what"],
        target=row["target"],
        attempt=row["attempts"],
        at=datetime.fromisoformat(event.get("at") or row["created_at"]),
        address=address,
        facts=_facts(row, chat, event),
        site_id=row["site_id"],
        site=site.get("name", ""),
        chat_id=chat_id,
        visitor=chat.get("name") or "",
        said=(chat.get("said") or "") if row["what"] == "chat.waiting" else "",
        waiting_for=chat.get("waiting_for"),
        waiting_since=datetime.fromisoformat(since) if since else None,
        link=link,
        language=letter.get("locale") or receiver.get("language") or site.get("locale") or "en",
        urgent=bool(row["data"].get("urgent")),
    )


def _facts(row: Row, chat: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: value for name, value in row["data"].items() if name != "sealed"}
    if event:
        facts |= {"seq": event["seq"], "actor": event["actor_kind"], **event["data"]}
    if row["what"] in ("chat.taken", "reply"):
        facts["manager"] = chat.get("manager")
    if row["what"] == "digest":
        facts["count"] = row["waiting"]
    if row["letter"]:
        facts["thread"] = row["letter"]["thread"] or []
    return facts
