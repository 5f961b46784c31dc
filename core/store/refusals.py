"""The store's refusals, each with a sentence that says what to do."""

from core.errors import ChatClosed, Forbidden, NotConnected, TooMany, Unauthorized

BLOCKED = "You cannot write here any more."
CLOSED = "This chat is closed. Please begin a new one."
# As `chat_over` in SQL.
OVER = -2
NEWER_REPLY = "A colleague has just answered. Send it again without `after_seq` to add to that."
UNKNOWN_CHAT = "There is no such chat."
BAD_TICKET = "This ticket was used already or is too old. Ask for another with POST /tickets."
MANY_MESSAGES = "That was a lot at once. Please send it again in {seconds}."
MUCH_TEXT = "That was a lot for one day. Please write again in {seconds}."
MANY_READS = "That was a lot at once. Please try again in {seconds}."
MANY_FRAMES = "That was a lot at once. Please try again in {seconds}."
MANY_CHATS = "Many chats were begun from here. Please try again in {seconds}."
MANY_SOCKETS = "Too many windows are open here. Close some and try again in {seconds}."
MANY_TICKETS = "Too many sockets were asked for here. Please try again in {seconds}."
# A bucket for messages has its next token within a minute. Who waits longer has filled the day.
BUCKET_SECONDS = 60
# A guess: the wait ends when one of the other sockets closes.
SOCKET_WAIT_SECONDS = 10
RECONNECT = "This connection is not known any more. Please connect again."


def message_refusal(wait: float) -> TooMany | Forbidden | ChatClosed:
    """The refusal of a visitor's message."""
    if wait == OVER:
        return ChatClosed(CLOSED)
    if wait < 0:
        return Forbidden(BLOCKED)
    return TooMany(MUCH_TEXT if wait > BUCKET_SECONDS else MANY_MESSAGES, wait)


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
    """Raise `TooMany` when there are seconds to wait, and `Forbidden` for a blocked contact."""
    if wait and wait < 0:
        raise Forbidden(BLOCKED)
    if wait:
        raise TooMany(sentence, wait)


def known(found: object) -> None:
    """Raise `NotConnected` unless the connection was found."""
    if not found:
        raise NotConnected(RECONNECT)
