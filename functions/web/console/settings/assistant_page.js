// @ts-check
import { h, say } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { follow } from "../follow.js";
import { sureButton } from "../sure.js";
import { AssistantForm } from "./assistant_form.js";
import { assistantTexts as texts } from "./assistant_texts.js";
import { ASSISTANTS, assistantBody, assistantPath, assistantValues } from "./assistant_values.js";
import { copied } from "./assistants.js";
import { Editing } from "./editing.js";
import { section } from "./form.js";
import { LeaveDialog } from "./leave.js";
import { TryBox } from "./try_box.js";
import { Versions, written } from "./versions.js";
/** @import { Context } from "../context.js" */
/** @import { Assistant, AssistantsFound } from "./assistant_values.js" */

/** One assistant: what it is told, its versions, and its end. A file is only shown. */
export class AssistantPage {
  #context;
  #place;
  #id = "";
  #back;
  /** @type {Editing<Assistant> | null} */
  #editing = null;
  #leave = new LeaveDialog(
    async () => (await this.#editing?.save()) ?? true,
    () => this.#editing?.discard(),
  );
  #body = h("div", {});
  element = h("div", {}, this.#body, this.#leave.element);

  /** @param {Context} context @param {(rest: string) => Partial<import("../route.js").Place>} place */
  constructor(context, place) {
    this.#context = context;
    this.#place = place;
    const all = place("assistants");
    this.#back = h("a", { class: "back-to", href: context.route.href(all) }, texts.back);
    follow(this.#back, () => context.go(all));
  }

  /** @param {string} id */
  async show(id) {
    this.#id = id;
    this.#editing = null;
    this.#body.replaceChildren(this.#back);
    const { client } = this.#context;
    const found = await attempt(this.#context, () =>
      Promise.all([client.call(assistantPath(id)), client.call(ASSISTANTS)]),
    );
    if (!found || id !== this.#id) return;
    if (found[0].file) this.#read(found[0], found[1]);
    else this.#edit(found[0], found[1]);
  }

  /** Somebody is about to leave. @param {() => void} goOn @returns {boolean} whether they are asked first */
  holds(goOn) {
    if (!this.#editing?.isChanged) return false;
    this.#leave.ask(goOn);
    return true;
  }

  /** Nobody is here any more. */
  left() {
    this.#id = "";
    this.#editing = null;
    this.#body.replaceChildren();
  }

  /** @param {Assistant} assistant @param {AssistantsFound} found */
  #read(assistant, found) {
    this.#body.replaceChildren(
      this.#back,
      title(h("bdi", {}, assistant.name), h("span", { class: "chip" }, texts.file)),
      h("p", { class: "presence lead" }, texts.isFile),
      section(
        texts.instructions,
        ...written(assistant),
        this.#copy(() => assistant, found),
      ),
    );
  }

  /** @param {Assistant} assistant @param {AssistantsFound} found */
  #edit(assistant, found) {
    const name = h("bdi", {});
    const mark = h("span", { class: "chip" }, texts.archived);
    const end = h("div", {});
    let now = assistant;
    const drawn = (/** @type {Assistant} */ taken) => {
      now = taken;
      say(name, taken.name);
      mark.hidden = !taken.archived;
      versions.show(taken);
      end.replaceChildren(...this.#archive(taken, editing));
    };
    const restored = (/** @type {Assistant} */ taken) => editing.take(taken);
    const versions = new Versions(this.#context, assistant, restored);
    const subject = this.#subject(assistant, found);
    const editing = new Editing(this.#context, subject, assistant, drawn);
    this.#editing = editing;
    drawn(assistant);
    this.#body.replaceChildren(
      this.#back,
      title(name, mark),
      h("p", { class: "sure", hidden: !found.echoes }, texts.echoes),
      editing.element,
      section(texts.versions, versions.element),
      section(
        texts.archive,
        end,
        this.#copy(() => now, found),
      ),
    );
  }

  /**
   * @param {Assistant} assistant
   * @param {AssistantsFound} found
   * @returns {import("./editing.js").Subject<Assistant>}
   */
  #subject({ id, site }, found) {
    const trial = new TryBox(this.#context, site);
    const aside = h("aside", { class: "beside-form", "aria-label": texts.tryTitle });
    aside.append(section(texts.tryTitle, trial.element));
    return {
      ...{ path: assistantPath(id), kept: ` assistant ${id}`, conflict: texts.conflict, aside },
      ...{ valuesOf: assistantValues, bodyOf: assistantBody },
      form: (changed) => new AssistantForm(found.usual_model, changed),
      drawn: (form) => trial.show(form),
    };
  }

  /** @param {() => Assistant} which @param {AssistantsFound} found */
  #copy(which, { usual_model: model }) {
    const copy = h("button", { type: "button", class: "quiet" }, texts.copy);
    copy.onclick = async () => {
      const one = which();
      const make = () => copied(this.#context, one, model, texts.copyOf(one.name), one.site);
      const made = await attempt(this.#context, make);
      if (made) this.#context.go(this.#place(`assistants/${made.id}`));
    };
    return copy;
  }

  /** @param {Assistant} assistant @param {Editing<Assistant>} editing */
  #archive({ archived, rev, id }, editing) {
    const set = async (/** @type {boolean} */ wanted) => {
      const body = { rev, archived: wanted };
      const call = () => this.#context.client.call(assistantPath(id), { method: "PATCH", body });
      const now = await attempt(this.#context, call);
      if (now) editing.take(now);
    };
    const back = h("button", { type: "button", class: "quiet" }, texts.unarchive);
    back.onclick = () => void set(false);
    const archive = sureButton(texts.archive, texts.archiveSure, () => set(true));
    return [
      h("p", { class: "hint" }, archived ? texts.isArchived : texts.archiveHint),
      archived ? back : archive,
    ];
  }
}

/** @param {...Node} parts */
const title = (...parts) => h("h1", { tabindex: "-1", class: "site-name" }, ...parts);
