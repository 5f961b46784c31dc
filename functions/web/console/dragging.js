// @ts-check
import { attempt } from "./failing.js";
import { load } from "./later.js";
/** @import { Context } from "./context.js" */

// A finger scrolls the list, and has the boxes for it.
const FINE = matchMedia("(pointer: fine)");

/**
 * @typedef {object} Dragged the room that the list is of
 * @property {import("./inbox.js").Inbox} inbox
 * @property {import("./selection.js").Selection} selection
 * @property {import("./many_line.js").ManyLine} many
 */

/** Rows of the list that a mouse takes somewhere: to whom they are assigned. */
export class Dragging {
  #context;
  #room;
  /** Raised by each end: what comes later is of no drag any more. */
  #turn = 0;
  /** @type {import("./drop.js").DropTargets | undefined} */
  #targets;

  /** @param {Context} context @param {Dragged} room @param {HTMLElement} list */
  constructor(context, room, list) {
    this.#context = context;
    this.#room = room;
    list.addEventListener("dragstart", (event) => void this.#begin(event));
    addEventListener("dragover", this.#elsewhere, true);
    addEventListener("drop", this.#elsewhere, true);
    // A row that has left the page meanwhile does not say that it was let go.
    for (const type of ["dragend", "drop", "pointermove"])
      addEventListener(type, () => this.#end());
  }

  /** @param {DragEvent} event */
  async #begin({ target, dataTransfer, clientX: x, clientY: y }) {
    const link = target instanceof Element && target.closest(".chat");
    const id = link instanceof HTMLElement ? link.dataset.chat : "";
    if (!id || !FINE.matches) return;
    const { selection, inbox } = this.#room;
    const several = selection.ids.has(id);
    const ids = several ? [...selection.ids] : [id];
    const sites = new Set(ids.flatMap((one) => inbox.chats.get(one)?.site ?? []));
    dataTransfer?.setData("application/x-switchboard", "");
    const turn = ++this.#turn;
    const assign = (/** @type {Record<string, string | null>} */ to, /** @type {string} */ said) =>
      this.#assign(ids, several, to, said);
    const loaded = await attempt(this.#context, () => load("drop_targets.js"));
    // A page that changes while a drag begins ends it.
    await new Promise((done) => setTimeout(done));
    if (!loaded || turn !== this.#turn) return;
    /** @type {import("./drop.js").DropTargets} */
    const targets = new loaded.DropTargets(this.#context, { number: ids.length, sites, assign });
    this.#targets = targets;
    targets.show(x, y);
  }

  /** @param {string[]} ids @param {boolean} several @param {Record<string, string | null>} to @param {string} said */
  async #assign(ids, several, to, said) {
    const act = { act: "assign", ...to };
    if (several) return this.#room.many.run(act);
    const { undo, toast } = this.#context;
    const [made] = await undo.change(ids, act, () => said);
    if (made?.result === "unchanged") toast.offer(said, "", () => {});
  }

  /** Nothing but a target takes it: no field wants the address of a chat. */
  #elsewhere = (/** @type {DragEvent} */ event) => {
    const { dataTransfer, target } = event;
    if (!this.#targets || !dataTransfer?.types.includes("application/x-switchboard")) return;
    if (target instanceof Node && this.#targets.element.contains(target)) return;
    event.preventDefault();
    dataTransfer.dropEffect = "none";
  };

  #end() {
    if (!this.#targets && this.#turn === 0) return;
    this.#turn++;
    this.#targets?.element.remove();
    this.#targets = undefined;
  }
}
