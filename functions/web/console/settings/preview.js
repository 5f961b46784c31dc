// @ts-check
import { h, icon } from "../../view/dom.js";
import { language } from "../../view/language.js";
import { accentSheet, read } from "../../widget/options.js";
import { Panel } from "../../widget/panel.js";
import { textsIn } from "../../widget/texts.js";
import { widgetSheets } from "../widget_sheets.js";
import { texts } from "./texts.js";
/** @import { Language } from "../../view/language.js" */
/** @import { Values } from "./values.js" */

// The chat stands in this page instead of over it.
const HERE = `:host { position: static !important; z-index: auto !important; }
  .panel { width: 100%; height: 420px; animation: none; border-radius: 18px; }
  .launcher { display: grid !important; }
  .launcher:hover { transform: none; }`;
const WORDS = /** @type {const} */ (["title", "greeting", "label", "placeholder"]);
/** A chat that nobody has begun. @type {any} */
const NOBODY = { chat: null, notice: "", outbox: { unsent: [] }, socket: { state: "open" } };

/** The visitor's chat as it will look: its own parts and sheets, without a connection. */
export class Preview {
  #host = h("div", { open: true, inert: true });
  #accent = new CSSStyleSheet();
  element = h("div", { class: "preview", role: "img" }, this.#host);

  constructor() {
    const root = this.#host.attachShadow({ mode: "open" });
    const here = new CSSStyleSheet();
    here.replaceSync(HERE);
    void widgetSheets().then((sheets) => {
      root.adoptedStyleSheets = [...sheets, this.#accent, here];
    });
  }

  /** @param {Values} values @param {Language} wish the language of the words */
  show(values, wish) {
    const lang = language(wish);
    const usual = textsIn(lang);
    const words = WORDS.map((name) => [name, values[`texts.${lang}.${name}`]?.trim()]);
    const options = read({
      ...Object.fromEntries(words),
      ...{ lang, site: "preview", accent: values["theme.accent"]?.trim() },
      ...{ consent: values.consent?.trim(), privacy: values.privacy_url?.trim() },
      ...{ position: values["theme.position"], theme: values["theme.theme"] },
    });
    const panel = new Panel(NOBODY, options, usual, () => {});
    panel.element.hidden = false;
    panel.show();
    const button = h("span", { class: "launcher" }, icon("chat"), icon("fold"));
    const box = h("div", { class: "box", lang }, panel.element, button);
    this.#accent.replaceSync(accentSheet(options.accent));
    this.#host.setAttribute("position", options.position);
    this.#host.setAttribute("theme", options.theme);
    this.#host.shadowRoot?.replaceChildren(box);
    const said = [options.title || usual.title, options.greeting || usual.greeting];
    this.element.setAttribute("aria-label", `${texts.preview}: ${said.join(". ")}`);
  }
}
