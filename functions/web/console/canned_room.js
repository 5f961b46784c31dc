// @ts-check
import { newUuid } from "./uuid.js";
import { h, icon, say } from "../view/dom.js";
import { cannedOf } from "./canned.js";
import { texts } from "./canned_texts.js";
import { attempt } from "./failing.js";
import { load } from "./later.js";
import { sureButton } from "./sure.js";
import { NAMES } from "./variables.js";
/** @import { Reply } from "./canned.js" */
/** @import { Context } from "./context.js" */

// A call takes 64 KiB, and a sign may take more than one byte.
const MOST_BYTES = 60_000;

/** The canned replies that the manager may use: add, change, delete, import. */
export class CannedRoom {
  #context;
  #canned;
  /** @type {import("./macro_form.js").MacroForm | undefined} */
  #macros;
  /** The one that is being changed; empty: a new one. */
  #id = "";
  #rows = h("ul", { class: "things", "aria-label": texts.replies, tabindex: "-1" });
  #none = h("p", { class: "hint", hidden: true }, texts.none);
  #said = h("p", { class: "presence", role: "status" });
  #refused = h("ul", {});
  #shortcut = h("input", { id: "canned-shortcut", required: true, maxlength: "40" });
  #text = h("textarea", { id: "canned-text", required: true, rows: "4", dir: "auto" });
  #place = h("select", { id: "canned-place" });
  #file = h("input", { id: "canned-file", type: "file", accept: ".csv,text/csv" });
  #cancel = h("button", { type: "button", class: "quiet", hidden: true }, texts.cancel);

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.#canned = cannedOf(context);
    this.#cancel.onclick = () => this.#begin();
    const file = h("div", { class: "asked" }, ...labelled(texts.file, this.#file));
    file.append(h("p", { class: "hint" }, texts.columns));
    this.element = h(
      "main",
      { class: "page canned", hidden: true, tabindex: "-1", "aria-label": texts.replies },
      h("h1", {}, texts.replies),
      h(
        "section",
        { class: "panel" },
        h("p", { class: "hint" }, texts.hint, " ", NAMES.map((name) => `{{${name}}}`).join(", ")),
        ...[this.#form(), this.#said, this.#refused, this.#rows, this.#none, file],
      ),
    );
    this.#file.onchange = () => void this.#import();
  }

  #form() {
    const form = h(
      "form",
      { class: "asked" },
      ...labelled(texts.shortcut, this.#shortcut),
      ...labelled(texts.text, this.#text),
      ...labelled(texts.place, this.#place),
      h("div", { class: "beside" }, h("button", { class: "primary" }, texts.save), this.#cancel),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.#save();
    };
    return form;
  }

  /** Somebody comes here. What they write already, or wrote before, stays. */
  async moved() {
    say(this.#said, "");
    this.#refused.replaceChildren();
    await this.#canned.ask(true);
    this.#show();
    await this.#showMacros();
  }

  async #showMacros() {
    const parts = this.#macros ?? (await attempt(this.#context, () => load("macro_box.js")));
    if (!parts) return;
    this.#macros ??= /** @type {import("./macro_form.js").MacroForm} */ (
      new parts.MacroForm(this.#context)
    );
    if (!this.#macros.element.isConnected) this.element.append(this.#macros.element);
    await this.#macros.moved();
  }

  #show() {
    const { replies, sites, teams } = this.#canned;
    this.#rows.replaceChildren(...replies.map((one) => this.#row(one)));
    this.#none.hidden = replies.length > 0;
    const places = [
      h("option", { value: "" }, texts.own),
      ...sites
        .filter((one) => one.editable)
        .map(({ id, name }) => h("option", { value: `site ${id}` }, `${texts.ofSite}: ${name}`)),
      ...teams.map(({ id, name }) =>
        h("option", { value: `team ${id}` }, `${texts.ofTeam}: ${name}`),
      ),
    ];
    const chosen = this.#place.value;
    this.#place.replaceChildren(...places);
    this.#place.value = chosen;
  }

  /** Write a reply: this one, or a new one. @param {Reply} [reply] */
  #begin(reply) {
    this.#id = reply?.id ?? "";
    this.#shortcut.value = reply?.shortcut ?? "";
    this.#text.value = reply?.text ?? "";
    if (reply) this.#place.value = placeOf(reply);
    this.#cancel.hidden = !reply;
    if (reply) this.#shortcut.focus();
  }

  get #chosen() {
    const [kind, id] = this.#place.value.split(" ");
    return kind ? { [kind]: id } : {};
  }

  async #save() {
    const reply = {
      // As long as the server wants it.
      id: this.#id || newUuid(),
      shortcut: this.#shortcut.value,
      text: this.#text.value,
      ...this.#chosen,
    };
    if (!(await this.#canned.save(reply))) return;
    say(this.#said, texts.saved);
    this.#show();
    this.#begin();
    this.#shortcut.focus();
  }

  async #import() {
    const file = this.#file.files?.[0];
    if (!file) return;
    const csv = file.size <= MOST_BYTES ? decoded(await file.arrayBuffer()) : "";
    this.#file.value = "";
    this.#refused.replaceChildren();
    if (!csv) return say(this.#said, file.size ? texts.big : texts.none);
    const done = await this.#canned.takeIn({ csv, ...this.#chosen });
    if (!done) return;
    say(this.#said, texts.imported(done.saved));
    const lines = done.refused.map(({ line, reason }) => h("li", {}, texts.line(line, reason)));
    this.#refused.replaceChildren(...lines);
    this.#show();
  }

  /** @param {Reply} reply */
  #row(reply) {
    const { id, shortcut, text, editable } = reply;
    const said = h(
      "div",
      {},
      h("p", { class: "what" }, h("bdi", {}, `/${shortcut}`)),
      h("p", { class: "presence" }, this.#canned.placeName(reply, texts)),
      h("p", { dir: "auto" }, text),
    );
    const edit = h("button", { type: "button", class: "quiet" }, texts.edit);
    edit.append(h("span", { class: "spoken" }, ` ${shortcut}`));
    edit.onclick = () => this.#begin(reply);
    const remove = sureButton(texts.remove, texts.sure, () => this.#remove(id), shortcut);
    return h(
      "li",
      {},
      h("span", { class: "sign" }, icon("copy")),
      said,
      editable && edit,
      editable && remove,
    );
  }

  /** @param {string} id */
  async #remove(id) {
    if (!(await this.#canned.remove(id))) return;
    this.#show();
    this.#rows.focus();
  }
}

/** @param {Reply} reply */
const placeOf = ({ site, team }) => (site ? `site ${site}` : team ? `team ${team}` : "");

/** @param {string} label @param {HTMLElement} field */
const labelled = (label, field) => [h("label", { for: field.id }, label), field];

/** Spreadsheets write UTF-8, or what Windows had before. @param {ArrayBuffer} bytes */
function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
