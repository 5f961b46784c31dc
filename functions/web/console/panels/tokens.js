// @ts-check
import { h, icon } from "../../view/dom.js";
import { copyButton } from "../copy.js";
import { attempt } from "../failing.js";
import { sureButton } from "../sure.js";
import { own, texts as common } from "../texts.js";
/** @import { Context } from "../context.js" */
/** @import { Panel } from "../panels.js" */
/** @import { ApiTokenInfo, NewToken } from "../../client/types.js" */

const texts = own({
  en: {
    ...{ title: "API tokens", none: "You have no API tokens.", name: "What uses the token" },
    ...{ make: "Make a token", revoke: "Revoke", sure: "Revoke it now?", unused: "Never used" },
    hint: "A program shows a token to read and answer as you. Each has a name, and is shown once.",
    once: "Copy the token now. Nobody can show it again.",
    made: (/** @type {string} */ name) => `New token for ${name}`,
    used: (/** @type {string} */ day) => `Last used on ${day}`,
    since: (/** @type {string} */ day) => `made on ${day}`,
    ends: (/** @type {string} */ day) => `ends on ${day}`,
  },
  de: {
    ...{ title: "API-Token", none: "Sie haben keine API-Token.", name: "Was das Token benutzt" },
    ...{ make: "Token anlegen", revoke: "Widerrufen", sure: "Jetzt widerrufen?" },
    ...{ unused: "Nie benutzt" },
    hint: "Mit einem Token liest und antwortet ein Programm für Sie. Es wird nur einmal gezeigt.",
    once: "Kopieren Sie das Token jetzt. Niemand kann es noch einmal zeigen.",
    made: (/** @type {string} */ name) => `Neues Token für ${name}`,
    used: (/** @type {string} */ day) => `Zuletzt benutzt am ${day}`,
    since: (/** @type {string} */ day) => `angelegt am ${day}`,
    ends: (/** @type {string} */ day) => `endet am ${day}`,
  },
});
const PATH = "manager/tokens";

/** What the manager's programs sign in with. @type {Panel} */
export const tokens = {
  order: 40,
  account(context) {
    const { client, me } = context;
    const list = h("ul", { class: "things", "aria-label": texts.title, tabindex: "-1" });
    const none = h("p", { class: "hint", hidden: true }, texts.none);
    const shown = secret();
    const load = async () => {
      const found = await attempt(context, () => client.call(PATH));
      if (found) draw(found.tokens);
    };
    /** @param {string} id */
    const revoke = async (id) => {
      await attempt(context, () => client.call(`${PATH}/${id}`, { method: "DELETE" }));
      shown.clear(id);
      list.focus();
      await load();
    };
    /** @param {ApiTokenInfo[]} all */
    const draw = (all) => {
      list.replaceChildren(...all.map((one) => row(context, one, revoke)));
      none.hidden = all.length > 0;
    };
    const form = maker(async (name) => {
      /** @type {NewToken | undefined} */
      const made = await attempt(context, () => client.post(PATH, { name }));
      if (made) shown.show(made);
      await load();
      return Boolean(made);
    });
    const hint = h("p", { class: "hint" }, texts.hint);
    const moved = () => {
      shown.clear();
      void load();
    };
    const element = h("div", {}, hint, list, none, form, shown.element);
    return { title: texts.title, element, hidden: me.open, moved };
  },
};

/** @param {(name: string) => Promise<boolean>} make whether one was made */
function maker(make) {
  const field = h("input", { id: "token-name", maxlength: "200", required: true });
  const button = h("button", { class: "quiet" }, texts.make);
  const form = h(
    "form",
    { class: "asked" },
    h("label", { for: "token-name" }, texts.name),
    h("div", { class: "beside" }, field, button),
  );
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (!field.value.trim()) return;
    button.disabled = true;
    if (await make(field.value)) field.value = "";
    button.disabled = false;
  };
  return form;
}

/** The secret of a token that was just made. It does not stay in the page. */
function secret() {
  const title = h("p", { class: "what" });
  const field = h("input", { readonly: true, dir: "ltr", "aria-label": texts.title });
  const copy = copyButton(common.copy, () => field.value);
  const element = h(
    "div",
    { class: "secret", role: "status", hidden: true },
    title,
    h("p", {}, texts.once),
    h("div", { class: "beside" }, field, copy),
  );
  let shown = "";
  return {
    element,
    /** @param {NewToken} made */
    show({ id, name, token }) {
      shown = id;
      title.textContent = texts.made(name);
      field.value = token;
      element.hidden = false;
      field.select();
    },
    /** @param {string} [id] only if it is this one's */
    clear(id = shown) {
      if (id !== shown) return;
      field.value = "";
      element.hidden = true;
    },
  };
}

/**
 * @param {Context} context
 * @param {ApiTokenInfo} token
 * @param {(id: string) => Promise<void>} revoke
 */
function row({ format }, { id, name, created_at: made, used_on: used, expires_at: ends }, revoke) {
  const known = [
    used ? texts.used(format.date(used)) : texts.unused,
    texts.since(format.date(made)),
    ends && texts.ends(format.date(ends)),
  ];
  return h(
    "li",
    {},
    h("span", { class: "sign" }, icon("key")),
    h(
      "div",
      {},
      h("p", { class: "what" }, h("bdi", {}, name)),
      h("p", { class: "presence" }, known.filter(Boolean).join(" · ")),
    ),
    sureButton(texts.revoke, texts.sure, () => revoke(id), name),
  );
}
