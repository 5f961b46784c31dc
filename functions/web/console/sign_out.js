// @ts-check
import { h, say } from "../view/dom.js";
import { texts } from "./texts.js";
/** @import { Outboxes } from "../client/outboxes.js" */
/** @import { Context } from "./context.js" */

/** Signs out. Where something is written and not sent, it asks first what becomes of it; and so does
 * the browser when the page is closed, if it could not keep it. */
export class SignOut {
  #client;
  #outboxes;
  #drafts;
  #failed;
  #what = h("p", {});

  /**
   * @param {Pick<Context, "client" | "drafts" | "failed">} context
   * @param {Outboxes[]} outboxes
   */
  constructor({ client, drafts, failed }, outboxes) {
    this.#client = client;
    this.#outboxes = outboxes;
    this.#drafts = drafts;
    this.#failed = failed;
    addEventListener("beforeunload", (event) => {
      if (outboxes.some((one) => one.unkept)) event.preventDefault();
    });
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", class: "quiet", onclick }, text);
    const keep = button(texts.keepUnsent, () => void this.#go());
    keep.className = "primary";
    this.element = h(
      "dialog",
      { class: "sign-out", "aria-label": texts.signOut },
      h("h2", {}, texts.notAllSent),
      this.#what,
      h("p", { class: "reach" }, texts.unsentWaits),
      h(
        "div",
        { class: "buttons" },
        button(texts.cancel, () => this.element.close()),
        button(texts.deleteUnsent, () => void this.#go(true)),
        keep,
      ),
    );
  }

  /** Sign out, or ask. */
  begin() {
    const total = this.#outboxes.reduce((sum, one) => sum + one.total, 0);
    const drafts = this.#drafts.total;
    if (total + drafts === 0) return void this.#go();
    say(
      this.#what,
      [total && texts.unsentN(total), drafts && texts.draftsN(drafts)].filter(Boolean).join(" · "),
    );
    this.element.showModal();
  }

  /** @param {boolean} [discard] what is unsent is deleted */
  async #go(discard = false) {
    try {
      await this.#client.signOut();
    } catch {
      // Whoever comes next would still be signed in.
      this.element.close();
      return this.#failed(texts.unreachable);
    }
    if (discard) {
      for (const one of this.#outboxes) one.discard();
      this.#drafts.discard();
    }
    history.replaceState(null, "", new URL("manager", this.#client.base).pathname);
    location.reload();
  }
}
