// @ts-check
import { Problem } from "../../client/http.js";
import { h } from "../../view/dom.js";
import { why } from "../contact_list.js";
import { DutiesFields } from "./duties.js";
import { Field, line } from "./fields.js";
import { ShownOnce } from "./once.js";
import { TEAM } from "./people.js";
import { texts } from "./team_texts.js";
import { wrongField } from "./values.js";
/** @import { Context } from "../context.js" */
/** @import { Person, SiteName } from "./people.js" */

/** Invite a colleague by a link. What is begun is kept in this browser. */
export class Invite {
  #context;
  #invited;
  #kept;
  #shown;
  #name = new Field({ name: "manager", label: texts.name, control: line({ maxlength: "200" }) });
  #email = new Field({
    name: "invited-email",
    label: texts.email,
    hint: texts.emailHint,
    control: line({ type: "email", maxlength: "254" }),
  });
  /** @type {DutiesFields | null} */
  #duties = null;
  #place = h("div", {});
  // Nobody can be invited before it is known to which sites.
  #button = h("button", { class: "primary", disabled: true }, texts.make);

  /** @param {Context} context @param {(person: Person) => void} invited */
  constructor(context, invited) {
    this.#context = context;
    this.#invited = invited;
    this.#kept = context.drafts.of(" invitation");
    this.#shown = new ShownOnce(context);
    this.#email.element.hidden = true;
    const fields = [this.#name.element, this.#email.element, this.#place, this.#button];
    const form = h("form", { novalidate: true }, ...fields);
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.#send();
    };
    form.oninput = () => this.#edited();
    const hint = h("p", { class: "hint" }, texts.inviteHint);
    this.element = h("div", {}, hint, this.#shown.element, form);
  }

  /** @param {SiteName[]} sites @param {boolean} mails whether links can go by mail */
  offer(sites, mails) {
    this.#email.element.hidden = !mails;
    const duties = new DutiesFields("invited-rank", sites, () => this.#edited());
    this.#duties = duties;
    this.#place.replaceChildren(duties.element);
    /** @type {any} */
    const kept = this.#kept.read();
    this.#name.show(String(kept?.name ?? ""));
    duties.show(kept?.duties ?? duties.fresh);
    this.#button.disabled = false;
  }

  /** Nobody is here any more. */
  left() {
    this.#shown.clear();
  }

  /** To where one begins. */
  focus() {
    this.#name.control.focus();
  }

  #edited() {
    const name = this.#name.value;
    /** @type {any} */
    const begun = { name, duties: this.#duties?.value };
    this.#kept.write(name.trim() ? begun : null);
  }

  async #send() {
    const duties = this.#duties;
    if (!duties) return;
    if (duties.wrong) return duties.fail(duties.wrong);
    this.#button.disabled = true;
    try {
      const { client } = this.#context;
      const email = this.#email.value.trim();
      const body = { name: this.#name.value, ...duties.value, ...(email ? { email } : {}) };
      const { manager, ...link } = await client.post(TEAM, body);
      this.#kept.write(null);
      this.#name.show("");
      this.#email.show("");
      duties.show(duties.fresh);
      this.#invited(manager);
      this.#shown.show(manager.name, link, email);
    } catch (error) {
      this.#refused(error, duties);
    } finally {
      this.#button.disabled = false;
    }
  }

  /** @param {unknown} error @param {DutiesFields} duties */
  #refused(error, duties) {
    const wrong = error instanceof Problem && wrongField(error.message);
    if (!wrong) return this.#context.failed(why(error));
    if (wrong.name === "name") this.#name.fail(wrong.why);
    else if (wrong.name === "email") this.#email.fail(wrong.why);
    else duties.fail(wrong.why);
  }
}
