// @ts-check
import { h, say } from "../../view/dom.js";
import { avatar, HUES, hueOf } from "../avatar.js";
import { choices } from "../choices.js";
import { attempt } from "../failing.js";
import { chosenLanguage, own } from "../texts.js";
/** @import { Context } from "../context.js" */
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: {
    ...{ title: "Profile", agent: "Agent", admin: "Admin", color: "Colour of your initials" },
    ...{ colorN: (/** @type {number} */ n) => `Colour ${n}`, language: "Language" },
    ...{ browser: "As the browser has it", out: "Sign out" },
    ...{ name: "Your name, as visitors read it", save: "Save", saved: "Saved" },
    elsewhere: "Your team's login says your name.",
  },
  de: {
    ...{ title: "Profil", agent: "Agent", admin: "Admin", color: "Farbe Ihrer Initialen" },
    ...{ colorN: (/** @type {number} */ n) => `Farbe ${n}`, language: "Sprache" },
    ...{ browser: "Wie im Browser", out: "Abmelden" },
    ...{ name: "Ihr Name, wie Besucher ihn lesen", save: "Speichern", saved: "Gespeichert" },
    elsewhere: "Ihren Namen sagt die Anmeldung Ihres Teams.",
  },
});
const COLORS = Array.from({ length: HUES }, (_, n) => n);

/** Who is signed in, and how they are shown. @type {Panel} */
export const profile = {
  order: 10,
  account(context) {
    const { me, signOut } = context;
    const who = h("div", { class: "card-of" });
    const show = () => {
      const { hue } = context.preferences;
      const face = avatar({ kind: "manager", id: me.id, name: me.name, hue });
      const name = h("p", { class: "who-is" }, h("bdi", { class: "name" }, me.name));
      who.replaceChildren(face, h("div", {}, name, h("p", { class: "presence" }, texts[me.role])));
    };
    show();
    const out = h("button", { type: "button", class: "quiet", onclick: signOut }, texts.out);
    out.hidden = me.open;
    return {
      title: texts.title,
      element: h("div", {}, who, naming(context, show), colors(context, show), languages(), out),
    };
  },
  commands: ({ me, signOut }) => (me.open ? [] : [{ title: texts.out, run: signOut }]),
};

/** A field for another name. @param {Context} context @param {() => void} show */
function naming(context, show) {
  const { client, me } = context;
  if (!me.own_name) return h("p", { class: "hint", hidden: me.open }, texts.elsewhere);
  const field = h("input", { id: "own-name", maxlength: "200", required: true, value: me.name });
  const save = h("button", { class: "quiet" }, texts.save);
  const label = h("label", { for: "own-name" }, texts.name);
  const done = h("span", { class: "hint", role: "status" });
  const form = h(
    "form",
    { class: "asked" },
    label,
    h("div", { class: "beside" }, field, save, done),
  );
  field.oninput = () => say(done, "");
  form.onsubmit = async (event) => {
    event.preventDefault();
    const to = { method: "PATCH", body: { name: field.value } };
    const renamed = await attempt(context, () => client.call("manager/me", to));
    if (!renamed) return;
    me.name = renamed.name;
    field.value = me.name;
    say(done, texts.saved);
    show();
    context.changed();
  };
  return form;
}

/** @param {Context} context @param {() => void} show */
function colors({ me, preferences, changed }, show) {
  const among = COLORS.map((n) => {
    const face = avatar({ kind: "manager", name: me.name, hue: n });
    const label = h("span", { title: texts.colorN(n + 1) });
    label.append(face, h("span", { class: "spoken" }, texts.colorN(n + 1)));
    return /** @type {[string, HTMLElement]} */ ([String(n), label]);
  });
  const chosen = String(preferences.hue ?? hueOf(me.id));
  return choices(texts.color, "colors", among, chosen, (value) => {
    preferences.hue = Number(value);
    show();
    changed();
  });
}

function languages() {
  const among = /** @type {[string, string][]} */ ([
    ["", texts.browser],
    ["en", "English"],
    ["de", "Deutsch"],
  ]);
  return choices(texts.language, "languages", among, chosenLanguage.read() ?? "", (value) => {
    chosenLanguage.write(value || null);
    // Everything is said anew; what is written and not sent is kept.
    location.reload();
  });
}
