// @ts-check
import { h, icon, say } from "../view/dom.js";
import { FirstSteps, left } from "./first_steps.js";
import { follow } from "./follow.js";
import { texts } from "./start_texts.js";
/** @import { Context } from "./context.js" */

const PLACE = { room: "settings", rest: "start" };

/** For an admin: how many of the first steps are left, above the chats. */
export class StartLine {
  #context;
  /** They stand in the empty list. */
  #whole = false;
  #left = 0;
  #link = h("a", {});
  element = h("p", { class: "start-line", hidden: true });

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    const { route, go, me } = context;
    this.#link.href = route.href(PLACE);
    follow(this.#link, () => go(PLACE));
    const hide = h("button", { type: "button", "aria-label": texts.hide });
    hide.append(icon("close"));
    hide.onclick = () => this.#end();
    this.element.append(this.#link, hide);
    /** Null for an agent: there is nothing that they could do. */
    this.steps =
      me.role === "admin"
        ? new FirstSteps(context, (start) => {
            this.#left = left(start);
            if (this.#left === 0) this.#end();
            else this.#draw();
          })
        : null;
  }

  /** The chats are there. */
  begin() {
    if (!this.#context.preferences.started) void this.steps?.load();
  }

  /** @param {boolean} whole the steps stand in the empty list */
  draw(whole) {
    if (whole === this.#whole) return;
    this.#whole = whole;
    this.#draw();
  }

  #draw() {
    say(this.#link, texts.left(this.#left));
    this.element.hidden = this.#whole || this.#left === 0 || this.#context.preferences.started;
  }

  #end() {
    this.#context.preferences.started = true;
    this.#draw();
  }
}
