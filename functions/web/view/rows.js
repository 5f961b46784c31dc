// @ts-check

/**
 * @typedef {object} Item
 * @property {string} key
 * @property {string} signature its element is made anew when this changes
 * @property {() => import("./dom.js").Child[]} make
 */

/** Keeps the children of an element in step with a list, touching only what changed. */
export class Rows {
  /** @type {Map<string, {node: HTMLElement, signature: string}>} */
  #known = new Map();
  #parent;

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.#parent = parent;
  }

  /** @param {Item[]} items */
  show(items) {
    const kept = new Map();
    const keys = new Set(items.map((item) => item.key));
    for (const [key, { node }] of this.#known) if (!keys.has(key)) node.remove();
    let at = this.#parent.firstChild;
    for (const item of items) {
      const row = this.#row(item);
      kept.set(item.key, row);
      if (row.node === at) at = at.nextSibling;
      else this.#parent.insertBefore(row.node, at);
    }
    this.#known = kept;
  }

  /** @param {Item} item */
  #row(item) {
    const known = this.#known.get(item.key);
    if (known?.signature === item.signature) return known;
    const node = known?.node ?? document.createElement("div");
    node.className = known ? "line" : "line new";
    node.replaceChildren(...item.make().filter(isNode));
    return { node, signature: item.signature };
  }
}

/**
 * @param {import("./dom.js").Child} child
 * @returns {child is Node | string}
 */
const isNode = (child) => Boolean(child);
