// @ts-check

/**
 * @typedef {Record<"before" | "after" | "longest" | "takeOver" | "handBack" | "stop" | "close"
 *   | "broadcast" | "search" | "list" | "help", () => void>} Acts
 */

/** By the key's place, since Alt and a letter is another character on some keyboards.
 * @type {Record<string, keyof Acts>}
 */
const ALT = {
  ArrowUp: "before",
  ArrowDown: "after",
  KeyN: "longest",
  KeyT: "takeOver",
  KeyH: "handBack",
  KeyS: "stop",
  KeyX: "close",
  KeyB: "broadcast",
};

/** Everything a manager does has a key. @param {Acts} acts */
export function listen(acts) {
  addEventListener("keydown", (event) => {
    const act = wanted(event);
    if (!act || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    acts[act]();
  });
}

/** @param {KeyboardEvent} event @returns {keyof Acts | undefined} */
function wanted(event) {
  if (event.altKey && !event.ctrlKey && !event.metaKey) return ALT[event.code];
  const control = event.ctrlKey || event.metaKey;
  if (control && event.code === "KeyK") return "search";
  if (control && event.key === "/") return "help";
  const { target } = event;
  const writing = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  if (event.key === "Escape" && !event.isComposing && writing) {
    // In a search field it first takes the words away.
    return target.type === "search" && target.value ? undefined : "list";
  }
  return event.key === "?" && !writing ? "help" : undefined;
}
