"""The `sub` of a signed token: the name by which one person is told from all others."""

from core.protocol.text import clean

# https://openid.net/specs/openid-connect-core-1_0.html#IDToken
MAX_SUBJECT = 255


def is_subject(value: object) -> bool:
    """Whether this names one person as it stands.

    Cutting or cleaning it could make two people one. So what does not fit is refused.
    """
    return (
        isinstance(value, str)
        and bool(value.strip())
        and len(value) <= MAX_SUBJECT
        and clean(value) == value
    )
