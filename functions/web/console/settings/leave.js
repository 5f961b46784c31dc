// @ts-check
import { h } from "../../view/dom.js";
import { texts } from "./texts.js";

/** Asks what becomes of changes before one leaves them. */
export class LeaveDialog {
  #save;
  #discard;
  /** @type {() => void} */
  #goOn = () => {};

  /** @param {() => Promise<boolean>} save @param {() => void} discard */
  constructor(save, discard) {
    this.#save = save;
    this.#discard = discard;
    const button = (/** @type {string} */ label, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", class: "quiet", onclick }, label);
    const first = button(texts.saveFirst, () => void this.#saveFirst());
    first.className = "primary";
    const stay = button(texts.stay, () => this.element.close());
    const without = button(texts.discard, () => {
      this.element.close();
      this.#discard();
      this.#goOn();
    });
    this.element = h(
      "dialog",
      { class: "leave", "aria-label": texts.unsaved },
      h("h2", {}, texts.unsaved),
      h("p", {}, texts.leaving),
      h("div", { class: "buttons" }, stay, without, first),
    );
  }

  /** @param {() => void} goOn */
  ask(goOn) {
    this.#goOn = goOn;
    this.element.showModal();
  }

  async #saveFirst() {
    this.element.close();
    if (await this.#save()) this.#goOn();
  }
}
