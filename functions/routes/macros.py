"""Macros: several steps in a chat as one. `GET /manager/canned` lists them."""

from uuid import UUID

from fastapi import APIRouter

from core.chat.snooze import in_reach
from core.model import ChatId
from core.protocol import wire
from core.store.macros import MacroMessage
from functions.routes.dependencies import CurrentApp, CurrentManager
from functions.routes.macro_schemas import MacroBody, MacroDone, RunMacro
from functions.routes.parameters import ChatIdInPath

router = APIRouter(prefix="/manager")


@router.put("/macros/{macro_id}", status_code=204)
async def save_macro(
    macro_id: UUID, body: MacroBody, app: CurrentApp, caller: CurrentManager
) -> None:
    """Make a macro, or change it. The caller chooses its id.

    A site's are for admins, a team's for its members and admins.
    """
    await app.macros.save(body.as_macro(macro_id), caller.manager)


@router.delete("/macros/{macro_id}", status_code=204)
async def remove_macro(macro_id: UUID, app: CurrentApp, caller: CurrentManager) -> None:
    """Delete a macro."""
    await app.macros.remove(macro_id, caller.manager)


@router.post("/chats/{chat_id}/macro", response_model_exclude_none=True)
async def run_macro(
    chat_id: ChatIdInPath, body: RunMacro, app: CurrentApp, caller: CurrentManager
) -> MacroDone:
    """Take several steps in a chat as one: all of them, or none.

    `after_seq`: if a colleague has replied after it, nothing is done, and the answer is 409 with
    the code `newer_reply`. With `undo_id` all but the message can be taken back for 8 seconds.
    """
    message = MacroMessage(body.text, body.client_id, body.after_seq) if body.text else None
    made = await app.macros.run(
        ChatId(chat_id), _steps(body), message, body.undo_id, caller.manager
    )
    sent = next(
        (one for one in made.change.messages if one.role == "manager" and not one.event), None
    )
    return MacroDone(
        result="done" if made.done else "unchanged",
        message=wire.message_model(sent) if sent and message else None,
        chat=wire.chat_model(made.change.chat) if made.change.chat else None,
    )


def _steps(body: RunMacro) -> dict[str, object]:
    steps: dict[str, object] = {"tags": [str(one) for one in body.tags]} if body.tags else {}
    if body.assign and (to := body.assign.model_dump(exclude_unset=True)):
        steps["assignment"] = to
    if body.snooze:
        until = body.snooze.until
        steps["until"] = in_reach(until).isoformat() if until else None
    if body.closes:
        steps["closes"] = True
    return steps
