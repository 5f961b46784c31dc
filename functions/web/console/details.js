// @ts-check
import { h } from "../view/dom.js";
import { PANELS } from "./panels.js";
import { texts } from "./texts.js";
/** @import { Context } from "./context.js" */
/** @import { ChatSummary } from "../client/types.js" */

/** What is known about the chat that is open, part by part. */
export class Details {
  #sections;

  /** @param {Context} context @param {() => void} close */
  constructor(context, close) {
    this.#sections = PANELS.flatMap(({ details }) => (details ? [details(context)] : []));
    const shut = h("button", { type: "button", class: "quiet close" }, texts.closeDetails);
    shut.onclick = close;
    this.element = h(
      "aside",
      { class: "details", "aria-label": texts.details, hidden: true, tabindex: "-1" },
      shut,
      ...this.#sections.map(({ title, element }) =>
        h("section", {}, title && h("h3", {}, title), element),
      ),
    );
    this.element.onkeydown = ({ key }) => {
      // Where they lie over the chat.
      if (key === "Escape" && shut.offsetParent) close();
    };
  }

  /** @param {ChatSummary | undefined} chat none is open */
  draw(chat) {
    this.element.hidden = !chat;
    if (!chat) return;
    for (const section of this.#sections) section.draw(chat);
  }
}
