// @ts-check
import { h, say } from "../view/dom.js";
import { texts } from "./texts.js";
/** @import { ManagerClient } from "../client/manager.js" */
/** @import { Drafts } from "./drafts.js" */

/** Signs out. Where something is written and not sent, it asks first what becomes of it. */
export class SignOut {
  #client;
  #drafts;
  #failed;
  #what = h("p", {});

  /**
   * @param {ManagerClient} client
   * @param {Drafts} drafts
   * @param {(why: string) => void} failed
   */
  constructor(client, drafts, failed) {
    this.#client = client;
    this.#drafts = drafts;
    this.#failed = failed;
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
    const { total } = this.#client.outboxes;
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
      this.#client.outboxes.discard();
      this.#drafts.discard();
    }
    history.replaceState(null, "", new URL("manager", this.#client.base).pathname);
    location.reload();
  }
}
