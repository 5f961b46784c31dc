// @ts-check
import { h, say, set } from "../view/dom.js";
/** @import { Availability, ChatSummary } from "../client/types.js" */
/** @import { Format } from "../view/format.js" */
/** @import { Texts } from "./texts.js" */

/** Whether the visitor waits for a team that is not there. */
export const isAbsent = (
  /** @type {ChatSummary | null | undefined} */ summary,
  /** @type {Availability | null | undefined} */ availability,
) =>
  Boolean(summary?.waiting_for && !summary.manager && summary.status === "open") &&
  (availability?.state === "closed" || availability?.state === "away");

/**
 * When the team is back, in the visitor's own zone.
 * @param {Availability | null | undefined} availability
 * @param {Texts} texts
 * @param {Format} format
 */
export function comesBack(availability, texts, format) {
  const at = availability?.state === "closed" && availability.back_at;
  if (!at || Date.parse(at) <= Date.now()) return texts.nobodyHere;
  return texts.back(format.ahead(at), format.clock(at));
}

/**
 * Stands at the end of the thread while somebody waits and nobody is there: when the team is back,
 * and a field for an e-mail address. It is there once, as long as the absence lasts.
 */
export class Absent {
  #texts;
  #format;
  #sentence = h("p", { role: "status" });
  #form;
  #field;
  #kept = h("p", { class: "kept", role: "status" });

  /**
   * @param {Texts} texts
   * @param {Format} format
   * @param {(email: string) => void} leave
   */
  constructor(texts, format, leave) {
    this.#texts = texts;
    this.#format = format;
    const label = h("label", { for: "email" }, texts.leaveEmail);
    this.#field = h("input", {
      ...{ id: "email", type: "email", required: true, maxlength: "320" },
      ...{ autocomplete: "email", placeholder: texts.email, enterkeyhint: "send" },
    });
    const send = h("button", { class: "leave" }, texts.leave);
    this.#form = h("form", {}, label, h("div", {}, this.#field, send));
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      leave(this.#field.value.trim());
    };
    this.element = h("section", { class: "absent", hidden: true, "aria-label": texts.team });
    this.element.append(this.#sentence, this.#form, this.#kept);
  }

  /**
   * @param {ChatSummary | null | undefined} summary
   * @param {Availability | null | undefined} availability
   */
  show(summary, availability) {
    const absent = isAbsent(summary, availability);
    this.element.hidden = !absent;
    if (!absent || !summary) return;
    const { texts, email } = { texts: this.#texts, email: summary.visitor.email ?? "" };
    const who = summary.owner === "assistant" ? texts.goesOn : texts.isKept;
    say(this.#sentence, `${comesBack(availability, texts, this.#format)}. ${who}`);
    this.#form.hidden = Boolean(email);
    say(this.#kept, email && texts.reached(email));
    set(this.#kept, "hidden", !email);
  }
}
