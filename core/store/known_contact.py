"""What a page says about its visitor, for the contact of a chat that begins."""

import json
from typing import Any

from core.model import KnownContact, Visitor
from core.protocol.text import storable


def contact_row(visitor: Visitor, known: KnownContact) -> str:
    """What a chat that begins says about its contact, as JSON for `begin_contact_chat`."""
    person: dict[str, Any] = {"name": visitor.name, "email": visitor.email}
    said: dict[str, Any] = {
        "locale": visitor.locale,
        "time_zone": known.time_zone,
        "attributes": dict(known.attributes) or None,
    }
    signed: dict[str, Any] = {
        "sub": known.subject,
        "attributes": dict(known.signed_attributes) or None,
    }
    claimed, verified = (said, signed | person) if visitor.verified else (said | person, {})
    row = {
        "sub": known.subject,
        "claimed": {name: one for name, one in claimed.items() if one},
        "verified": {name: one for name, one in verified.items() if one},
        "device": known.device,
        "after": known.after,
    }
    return storable(json.dumps(row, ensure_ascii=False))
