// @ts-check
import { h, say } from "../../view/dom.js";
import { ago } from "../ago.js";
import { attempt } from "../failing.js";
import { Facts } from "../facts.js";
import { sureButton } from "../sure.js";
import { spoken } from "./assistant_form.js";
import { assistantTexts as texts } from "./assistant_texts.js";
import { assistantPath } from "./assistant_values.js";
/** @import { Context } from "../context.js" */
/** @import { Assistant, Version } from "./assistant_values.js" */

const PAGE = 20;

/** Who saved what when, and a way back. */
export class Versions {
  #context;
  #assistant;
  #restored;
  #rows = h("ul", { class: "things" });
  #older = h("button", { type: "button", class: "quiet", hidden: true }, texts.older);
  #last = 0;
  #told = h("p", { class: "presence", role: "status" });

  /**
   * @param {Context} context
   * @param {Assistant} assistant
   * @param {(now: Assistant) => void} restored
   */
  constructor(context, assistant, restored) {
    this.#context = context;
    this.#assistant = assistant;
    this.#restored = restored;
    this.#older.onclick = () => void this.#load(this.#last);
    const hint = h("p", { class: "hint" }, texts.versionsHint);
    this.element = h("div", {}, hint, this.#told, this.#rows, this.#older);
    void this.#load();
  }

  /** There is another version now. @param {Assistant} now */
  show(now) {
    const isNewer = now.rev !== this.#assistant.rev;
    this.#assistant = now;
    if (isNewer) void this.#load();
  }

  /** @param {number} [before] */
  async #load(before) {
    const { id } = this.#assistant;
    const query = `?limit=${PAGE}${before ? `&before=${before}` : ""}`;
    const path = `${assistantPath(id)}/versions${query}`;
    const found = await attempt(this.#context, () => this.#context.client.call(path));
    if (!found) return;
    /** @type {Version[]} */
    const versions = found.versions;
    const rows = versions.map((one) => this.#row(one));
    if (before) this.#rows.append(...rows);
    else this.#rows.replaceChildren(...rows);
    this.#last = versions.at(-1)?.version ?? 1;
    this.#older.hidden = this.#last <= 1;
  }

  /** @param {Version} one */
  #row(one) {
    const { version, saved_by: author, saved_at: at, restored_from: from } = one;
    const isNow = version === this.#assistant.rev;
    const title = h("p", { class: "what" }, texts.version(version));
    if (isNow) title.append(h("span", { class: "chip" }, texts.now));
    const by = h("bdi", {}, author?.name ?? "");
    const when = h("time", { datetime: at, title: at }, ago(at));
    const as = from ? ` · ${texts.restoredFrom(from)}` : "";
    const content = h("div", {});
    const more = h("details", { class: "known" }, h("summary", {}, texts.show), content);
    more.ontoggle = () => {
      if (more.open && !content.firstChild) void this.#fill(content, version);
    };
    const said = h("div", {}, title, h("p", { class: "presence" }, by, " · ", when, as), more);
    return h("li", {}, said, !isNow && this.#bring(version));
  }

  /** @param {HTMLElement} content @param {number} version */
  async #fill(content, version) {
    const path = `${assistantPath(this.#assistant.id)}/versions/${version}`;
    const found = await attempt(this.#context, () => this.#context.client.call(path));
    if (found) content.replaceChildren(...written(found));
  }

  /** @param {number} version */
  #bring(version) {
    const { id } = this.#assistant;
    const restore = async () => {
      const path = `${assistantPath(id)}/versions/${version}/restore`;
      const body = { rev: this.#assistant.rev };
      const call = () => this.#context.client.post(path, body);
      const now = await attempt(this.#context, call);
      if (!now) return;
      this.#restored(now);
      say(this.#told, texts.told);
    };
    return sureButton(texts.bring, texts.sure, restore, texts.version(version));
  }
}

/** What an assistant is told, to be read. @param {Pick<Assistant, "instructions" | "options">} one */
export function written({ instructions, options }) {
  const facts = new Facts();
  facts.show(spoken(options));
  const text = h("pre", { tabindex: "0", dir: "auto" }, instructions);
  return [h("div", { class: "code" }, text), facts.element];
}
