// @ts-check
/** @import { Commands } from "./commands.js" */

/**
 * Everything a manager does has a key.
 * @param {Commands} commands
 * @param {() => void} leave out of a field, to the chats
 */
export function listen(commands, leave) {
  addEventListener("keydown", (event) => {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    const act = leaves(event) ? leave : commands.wanted(event)?.run;
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** @param {KeyboardEvent} event */
function leaves({ key, target }) {
  if (key !== "Escape") return false;
  if (target instanceof HTMLTextAreaElement) return true;
  // In a search field it first takes the words away.
  return target instanceof HTMLInputElement && !(target.type === "search" && target.value);
}
