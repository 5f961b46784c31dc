// @ts-check
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { Thread } from "../view/thread.js" */
/** @import { Hit } from "./summaries.js" */

// Frames of the screen.
const LOADED_WITHIN = 600;

/**
 * Brings a message or a note into view, and marks it.
 * @param {OpenChat} opened
 * @param {Thread} thread
 * @returns {(hit: Hit) => Promise<void>}
 */
export function revealer(opened, thread) {
  let wanted = "";
  /** Notes come by themselves. @param {string} row @param {number} frames wait so long for it */
  function mark(row, frames) {
    if (wanted !== row || !thread.element.isConnected) return;
    const element = thread.element.querySelector(row);
    if (!element) {
      if (frames > 0) requestAnimationFrame(() => mark(row, frames - 1));
      return;
    }
    for (const one of thread.element.querySelectorAll(".found")) one.classList.remove("found");
    element.scrollIntoView({ block: "center" });
    element.classList.add("found");
    // At once, so that the next drawing does not go back to the end.
    thread.scroller.dispatchEvent(new Event("scroll"));
  }
  return async ({ seq = 0, note_id: note, created_at: at = "" }) => {
    const row = note ? `[data-note="${note}"]` : `[data-seq="${seq}"]`;
    wanted = row;
    await opened.reach(seq, at).catch(() => {});
    // The next frame draws what was loaded.
    requestAnimationFrame(() => requestAnimationFrame(() => mark(row, LOADED_WITHIN)));
  };
}
