// @ts-check
import { h, say } from "../view/dom.js";

const SHOWN_FOR = 8_000;

/** What was just done, with a way back. */
export class Toast {
  #text = h("span", {});
  #button = h("button", { type: "button", class: "quiet" });
  element = h("div", { class: "toast", role: "status" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} text
   * @param {string} label
   * @param {() => void} act
   */
  offer(text, label, act) {
    say(this.#text, text);
    say(this.#button, label);
    this.#button.hidden = !label;
    this.#button.onclick = () => {
      this.#hide();
      act();
    };
    this.element.replaceChildren(this.#text, this.#button);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#hide(), SHOWN_FOR);
  }

  #hide() {
    // Not while somebody is about to press it.
    if (this.element.matches(":focus-within, :hover")) {
      this.#timer = setTimeout(() => this.#hide(), SHOWN_FOR);
    } else {
      this.element.replaceChildren();
    }
  }
}
