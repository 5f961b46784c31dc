// @ts-check
import { h, say } from "../../view/dom.js";
import { avatar, paint } from "../avatar.js";
import { Facts } from "../facts.js";
import { visitorOf } from "../status.js";
import { isVerified, lang, nameOf, own } from "../texts.js";
import { verifiedMark } from "../verified.js";
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: { email: "E-mail", language: "Language", online: "Here now", offline: "Not here now" },
  de: { email: "E-Mail", language: "Sprache", online: "Gerade da", offline: "Gerade nicht da" },
});
// A whole address is a link; what is none may still hold a sign that a link must not.
const ADDRESS = /^[^\s@<>"?&]+@[^\s@<>"?&]+$/;

/** Who the visitor is. @type {Panel} */
export const visitor = {
  order: 10,
  details(context) {
    const face = avatar({ kind: "visitor" });
    const name = h("bdi", { class: "name" });
    const verified = verifiedMark();
    const presence = h("p", { class: "presence" });
    const facts = new Facts();
    const who = h("p", { class: "who-is" }, name, " ", verified);
    const card = h("div", { class: "card-of" }, face, h("div", {}, who, presence));
    return {
      title: "",
      element: h("div", {}, card, facts.element),
      draw(chat) {
        const { email, locale } = chat.visitor;
        paint(face, visitorOf(chat));
        say(name, nameOf(chat));
        verified.hidden = !isVerified(chat);
        const online = context.presence().of(chat);
        say(presence, online ? texts.online : texts.offline);
        presence.classList.toggle("here", online);
        facts.show([
          [texts.email, email && addressed(email)],
          [texts.language, locale && languageOf(locale)],
        ]);
      },
    };
  },
};

/** @param {string} email */
const addressed = (email) =>
  ADDRESS.test(email) ? h("a", { href: `mailto:${email}` }, email) : h("bdi", {}, email);

/** @param {string} locale what a browser, or anybody, said */
function languageOf(locale) {
  try {
    const names = new Intl.DisplayNames(lang, { type: "language", fallback: "code" });
    return names.of(locale.replaceAll("_", "-")) ?? locale;
  } catch {
    return locale;
  }
}
