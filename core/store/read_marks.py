"""How far a manager has read a chat."""


def own_mark(manager: str) -> str:
    """How far a manager has read, beside a summary `s`."""
    return (
        "jsonb_build_object('read',"
        f" read_to({manager}, s.chat_id, s.created_at, s.seen_by_manager))"
    )
