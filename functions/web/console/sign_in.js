// @ts-check
import { Problem } from "../client/http.js";
import { h, icon, say } from "../view/dom.js";
import { texts } from "./texts.js";

/** Where a manager shows a token. */
export class SignIn {
  #client;
  #done;
  #field = h("input", {
    type: "password",
    name: "token",
    autocomplete: "current-password",
    required: true,
    id: "token",
  });
  #why = h("p", { class: "why", role: "alert" });

  /**
   * @param {import("../client/manager.js").ManagerClient} client
   * @param {string} why
   * @param {() => void} done
   */
  constructor(client, why, done) {
    this.#client = client;
    this.#done = done;
    say(this.#why, why);
    this.element = h(
      "main",
      { class: "sign-in" },
      h("span", { class: "badge" }, icon("spark")),
      h("h1", {}, texts.title),
      h("p", {}, texts.signInHint),
      h(
        "form",
        { onsubmit: (/** @type {Event} */ event) => void this.#submit(event) },
        h("label", { for: "token" }, texts.token),
        this.#field,
        this.#why,
        h("button", { class: "primary", type: "submit" }, texts.signIn),
      ),
    );
    setTimeout(() => this.#field.focus());
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const given = this.#field.value.trim();
    try {
      // The whole link is as good as its token.
      await this.#client.signIn(given.split("#token=").at(-1) ?? given);
      this.#done();
    } catch (error) {
      const refused = error instanceof Problem && error.status < 500 && error.status > 0;
      say(this.#why, refused ? texts.signInFailed : texts.unreachable);
      this.#field.select();
    }
  }
}
