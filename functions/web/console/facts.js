// @ts-check
import { h } from "../view/dom.js";
import { Keyed } from "./keyed.js";

/** @typedef {[label: string, value: Node | string | undefined | null | false]} Fact */

/** A list of what is known; what is not known has no line. */
export class Facts {
  element = h("dl", { class: "facts" });
  #keyed = new Keyed(
    this.element,
    (/** @type {Fact} */ [label, value]) => `${label} ${textOf(value)}`,
    ([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value)),
  );

  /** @param {Fact[]} facts */
  show(facts) {
    this.#keyed.show(facts.filter(([, value]) => value));
  }
}

/** @param {Fact[1]} value */
const textOf = (value) => (value instanceof Node ? value.textContent : value || "");
