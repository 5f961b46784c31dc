// @ts-check
import { h, icon } from "../view/dom.js";
import { avatar } from "./avatar.js";
import { attempt } from "./failing.js";
import { own } from "./texts.js";
/** @import { Context } from "./context.js" */

const texts = own({
  en: {
    ...{ me: "Me", nobody: "Nobody", team: "Team" },
    to: (/** @type {number} */ n) => (n === 1 ? "Assign the chat to" : `Assign ${n} chats to`),
    assigned: (/** @type {string} */ name) => `The chat is assigned: ${name}.`,
  },
  de: {
    ...{ me: "Mir", nobody: "Niemandem", team: "Team" },
    to: (/** @type {number} */ n) => (n === 1 ? "Den Chat zuweisen" : `${n} Chats zuweisen`),
    assigned: (/** @type {string} */ name) => `Der Chat ist zugewiesen: ${name}.`,
  },
});
const GAP = 12;

/**
 * @typedef {object} Carried what is dragged
 * @property {number} number so many chats
 * @property {Set<string>} sites of these sites
 * @property {(to: Record<string, string | null>, said: string) => void} assign
 *
 * @typedef {{id: string, name: string, sites?: string[], here: boolean}} Person
 */

/** Whom chats can be dropped on, while they are dragged. The keyboard has other ways to assign. */
export class DropTargets {
  #context;
  #carried;
  #all = h("ul", {});
  element;

  /** @param {Context} context @param {Carried} carried */
  constructor(context, carried) {
    this.#context = context;
    this.#carried = carried;
    const title = h("p", { class: "hint" }, texts.to(carried.number));
    this.element = h("div", { class: "drop", "aria-hidden": "true" }, title, this.#all);
  }

  /** Beside the list, and never under the mouse. @param {number} x @param {number} y where it is */
  show(x, y) {
    const { me } = this.#context;
    this.#all.append(
      this.#target(avatar({ kind: "manager", ...me }), texts.me, { assignee: me.id }),
      this.#target(icon("close"), texts.nobody, { assignee: null }),
    );
    document.querySelector(".console")?.append(this.element);
    this.#place(x, y);
    void this.#fill();
  }

  /** @param {number} x @param {number} y */
  #place(x, y) {
    const list = document.querySelector(".list")?.getBoundingClientRect();
    const { style, offsetWidth: wide } = this.element;
    const left = Math.min((list?.right ?? 0) + GAP, innerWidth - wide - GAP);
    style.left = `${left}px`;
    const [half, from] = [innerHeight / 2, list?.top ?? GAP];
    // Where there is no room beside the list, it takes the half that the mouse is not in.
    if (x < left - GAP) style.top = `${from}px`;
    else if (y < half) style.top = `${half + GAP}px`;
    else [style.top, style.maxHeight] = [`${GAP}px`, `${half - 2 * GAP}px`];
  }

  /** Who else may be responsible for all of them, and is here. */
  async #fill() {
    const { client, me } = this.#context;
    const found = await attempt(this.#context, () => client.call("manager/teams"));
    if (!found || !this.element.isConnected) return;
    /** @type {{people: Person[], teams: {id: string, name: string, site: string}[]}} */
    const { people, teams } = found;
    const sites = [...this.#carried.sites];
    const theirs = teams.filter((one) => sites.every((site) => site === one.site));
    const others = people.filter(
      (one) =>
        one.here && one.id !== me.id && sites.every((site) => one.sites?.includes(site) ?? true),
    );
    this.#all.append(
      ...theirs.map(({ id, name }) =>
        this.#target(icon("person"), `${texts.team}: ${name}`, { team: id }),
      ),
      ...others.map(({ id, name }) =>
        this.#target(avatar({ kind: "manager", id, name }), name, { assignee: id }),
      ),
    );
  }

  /** @param {Node} sign @param {string} name @param {Record<string, string | null>} to */
  #target(sign, name, to) {
    const target = h("li", {}, sign, h("bdi", {}, name));
    const over = (/** @type {boolean} */ is) => target.classList.toggle("over", is);
    target.ondragover = (event) => {
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "move";
      over(true);
    };
    target.ondragleave = () => over(false);
    target.ondrop = (event) => {
      event.preventDefault();
      this.#carried.assign(to, texts.assigned(name));
    };
    return target;
  }
}
