"""The store's refusals, each with a sentence that says what to do."""

from core.errors import NotConnected, TooMany, Unauthorized

UNKNOWN_CHAT = "There is no such chat."
BAD_TICKET = "This ticket was used already or is too old. Ask for another with POST /tickets."
MANY_MESSAGES = "That was a lot at once. Please send it again in {seconds}."
MANY_FRAMES = "That was a lot at once. Please try again in {seconds}."
MANY_CHATS = "Many chats were begun from here. Please try again in {seconds}."
MANY_SOCKETS = "Too many windows are open here. Close some and try again in {seconds}."
MANY_TICKETS = "Too many sockets were asked for here. Please try again in {seconds}."
# A guess: the wait ends when one of the other sockets closes.
SOCKET_WAIT_SECONDS = 10
RECONNECT = "This connection is not known any more. Please connect again."


def sockets_allowed(outcome: str | None) -> None:
    """Raise `Unauthorized` or `TooMany` unless a socket may be opened."""
    match outcome:
        case "refused":
            raise Unauthorized(BAD_TICKET)
        case "chat" | "address":
            raise TooMany(MANY_SOCKETS, SOCKET_WAIT_SECONDS)
        case "tickets":
            raise TooMany(MANY_TICKETS, SOCKET_WAIT_SECONDS)


def allowed(wait: float | None, sentence: str) -> None:
    """Raise `TooMany` when there are seconds to wait."""
    if wait:
        raise TooMany(sentence, wait)


def known(found: object) -> None:
    """Raise `NotConnected` unless the connection was found."""
    if not found:
        raise NotConnected(RECONNECT)
