// @ts-check
import { h, say, set } from "../../view/dom.js";
import { texts } from "./texts.js";

/**
 * @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control
 *
 * @typedef {object} FieldOptions
 * @property {string} name
 * @property {string} label
 * @property {Control} control
 * @property {string} [inherited] what holds where nothing is set; without, it cannot be inherited
 * @property {string} [hint]
 * @property {HTMLElement} [beside] another way to set it
 * @property {string} [of] what it is a field of
 */

/** A field of a site or an assistant: what is set or inherited, and what the server says against it. */
export class Field {
  #inherited;
  #from = h("p", { class: "from" });
  #why = h("p", { class: "why", role: "alert" });
  #reset;

  /** @param {FieldOptions} options */
  constructor({ name, label, control, inherited = "", hint = "", beside, of = "site" }) {
    const id = `${of}-${name.replaceAll(".", "-")}`;
    this.name = name;
    this.label = label;
    this.control = control;
    this.#inherited = inherited;
    control.id = id;
    control.name = name;
    this.#from.id = `${id}-from`;
    this.#why.id = `${id}-why`;
    control.setAttribute("aria-describedby", `${this.#from.id} ${this.#why.id}`);
    const spoken = `${texts.inherit}: ${label}`;
    this.#reset = h("button", { type: "button", class: "link", "aria-label": spoken });
    this.#reset.append(texts.inherit);
    this.#reset.onclick = () => this.#inherit();
    control.addEventListener("input", () => this.#edited());
    this.element = h(
      "div",
      { class: "setting" },
      h("div", { class: "of" }, h("label", { for: id }, label), inherited && this.#reset),
      beside ? h("div", { class: "beside" }, beside, control) : control,
      hint && h("p", { class: "from" }, hint),
      inherited && this.#from,
      this.#why,
    );
  }

  get value() {
    return this.control.value;
  }

  /** @param {string} value */
  show(value) {
    const { control } = this;
    // What a select does not offer was set by a program.
    if (control instanceof HTMLSelectElement && !control.namedItem(value)) {
      const known = [...control.options].some((one) => one.value === value);
      if (!known) control.append(h("option", { value }, value));
    }
    if (control.value !== value) control.value = value;
    control.dispatchEvent(new Event("shown"));
    this.#edited();
  }

  /** Say what is wrong, and go there. @param {string} why */
  fail(why) {
    say(this.#why, why);
    set(this.control, "aria-invalid", "true");
    this.control.focus();
  }

  #inherit() {
    this.control.value = "";
    this.control.dispatchEvent(new Event("input", { bubbles: true }));
    this.control.dispatchEvent(new Event("shown"));
    this.control.focus();
  }

  #edited() {
    say(this.#why, "");
    set(this.control, "aria-invalid", null);
    const own = this.value.trim() !== "";
    this.#reset.hidden = !own;
    const instead = this.#inherited === texts.notSet ? "" : `${texts.setHere} ${this.#inherited}`;
    say(this.#from, own ? instead : this.#inherited);
  }
}

/** @param {Record<string, unknown>} [attributes] */
export const line = (attributes = {}) => h("input", { autocomplete: "off", ...attributes });

/** @param {Record<string, unknown>} [attributes] */
export const lines = (attributes = {}) => h("textarea", { rows: "3", ...attributes });

/** @param {Record<string, string>} among @param {string} none what is said where nothing is set */
export function oneOf(among, none) {
  const options = Object.entries(among).map(([value, label]) => h("option", { value }, label));
  return h("select", {}, h("option", { value: "" }, none), ...options);
}

/** A line for a colour, and the system's own way to choose one. @param {string} usual */
export function color(usual) {
  const control = line({ placeholder: usual, maxlength: "7", dir: "ltr" });
  const beside = h("input", { type: "color", "aria-label": texts.pick });
  const read = () => {
    const [, short] = /^#([0-9a-f]{3})$/i.exec(control.value) ?? [];
    const long = short ? `#${[...short].map((one) => one + one).join("")}` : control.value;
    beside.value = /^#[0-9a-f]{6}$/i.test(long) ? long : usual;
  };
  control.addEventListener("input", read);
  control.addEventListener("shown", read);
  beside.oninput = () => {
    control.value = beside.value;
    control.dispatchEvent(new Event("input", { bubbles: true }));
  };
  return { control, beside };
}
