// @ts-check
import { h } from "../view/dom.js";
import { PANELS } from "./panels.js";
import { texts } from "./texts.js";
/** @import { Context } from "./context.js" */

/** What concerns the manager who is signed in, part by part. */
export class AccountRoom {
  #sections;

  /** @param {Context} context */
  constructor(context) {
    this.#sections = PANELS.flatMap(({ account }) => (account ? [account(context)] : []));
    this.element = h(
      "main",
      { class: "page", hidden: true, tabindex: "-1", "aria-label": texts.account },
      h("h1", {}, texts.account),
      h(
        "div",
        { class: "panels" },
        ...this.#sections.map(({ title, element, hidden }) =>
          h(
            "section",
            { class: "panel", "aria-label": title, hidden },
            h("h2", {}, title),
            element,
          ),
        ),
      ),
    );
  }

  /** Somebody comes here. */
  moved() {
    for (const { hidden, moved } of this.#sections) if (!hidden) moved?.();
  }
}
