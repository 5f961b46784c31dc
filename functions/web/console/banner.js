// @ts-check
import { h, say } from "../view/dom.js";
import { texts } from "./texts.js";
/** @import { SocketState } from "../client/socket.js" */
/** @import { BudgetData } from "../client/types.js" */

const LOST_AFTER = 2_500;
const SHOWN_FOR = 8_000;

/** The line above the chats that says what is wrong. */
export class Banner {
  element = h("p", { class: "banner", role: "status", hidden: true });
  #draw;
  /** Since when there is no connection; 0: there is one. */
  #lostAt = 0;
  #failure = "";
  /** What the team was told last. @type {BudgetData | undefined} */
  #budget;

  /** @param {() => void} draw */
  constructor(draw) {
    this.#draw = draw;
  }

  /** Without a connection for longer than a moment, which is not worth a word. */
  get lost() {
    return this.#lostAt > 0 && Date.now() - this.#lostAt > LOST_AFTER;
  }

  /** @param {SocketState} state */
  connection(state) {
    if (state === "open") {
      this.#lostAt = 0;
    } else if (!this.#lostAt) {
      this.#lostAt = Date.now();
      setTimeout(this.#draw, LOST_AFTER + 50);
    }
  }

  /** Show what failed, for a moment. @param {string} why */
  failed(why) {
    this.#failure = why;
    setTimeout(() => {
      if (this.#failure === why) this.#failure = "";
      this.#draw();
    }, SHOWN_FOR);
    this.#draw();
  }

  /** How much of the day's budget is used. @param {BudgetData | undefined} budget */
  budget(budget) {
    this.#budget = budget;
  }

  /** It is over with its day (UTC). */
  get #used() {
    const today = new Date().toISOString().slice(0, 10);
    if (this.#budget?.day !== today) return "";
    const { percent, name } = this.#budget;
    return name === undefined ? texts.budget(percent) : texts.budgetOf(name, percent);
  }

  /** @param {SocketState} state */
  show(state) {
    const lost = this.lost ? texts.lost : this.#failure || this.#used;
    const text = state === "refused" ? texts.refused : lost;
    say(this.element, text);
    this.element.hidden = !text;
  }
}
