// @ts-check
import { h, say } from "../../view/dom.js";
import { copyButton } from "../copy.js";
import { texts as common } from "../texts.js";
import { texts } from "./team_texts.js";
/** @import { Context } from "../context.js" */
/** @import { SignInLink } from "./people.js" */

/** A sign-in link that is shown this once. It does not stay in the page. */
export class ShownOnce {
  #format;
  #title = h("p", { class: "what" });
  #hint = h("p", {});
  #field = h("input", { readonly: true, dir: "ltr" });
  element = h(
    "div",
    { class: "secret", role: "status", hidden: true },
    this.#title,
    this.#hint,
    h(
      "div",
      { class: "beside" },
      this.#field,
      copyButton(common.copy, () => this.#field.value),
    ),
  );

  /** @param {Context} context */
  constructor({ format }) {
    this.#format = format;
  }

  /** @param {string} name @param {SignInLink} link @param {string} [email] where it went, too */
  show(name, { url, expires_at: until }, email = "") {
    say(this.#title, texts.linkFor(name));
    const once = texts.once(this.#format.full(until));
    say(this.#hint, email ? `${texts.mailed(email)} ${once}` : once);
    this.#field.setAttribute("aria-label", texts.linkFor(name));
    this.#field.value = url;
    this.element.hidden = false;
    this.#field.focus();
    this.#field.select();
  }

  clear() {
    this.#field.value = "";
    this.element.hidden = true;
  }
}
