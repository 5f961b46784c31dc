// @ts-check
import { language } from "../view/language.js";

/**
 * What a page says about its chat, each as a `data-` attribute of the script; all are optional.
 *
 * @typedef {object} Options
 * @property {string} server where the chat's server is (where the script came from)
 * @property {string} title the panel's name ("Chat with us")
 * @property {string} greeting what is said before the first message
 * @property {string} label the button's name ("Open the chat")
 * @property {string} placeholder of the field one writes in
 * @property {string} accent a colour: "#0b6e5f"; the text on it is black or white as is readable
 * @property {"left" | "right"} position
 * @property {"light" | "dark" | "auto"} theme
 * @property {import("../view/language.js").Language} lang "de" or "en" (the browser's)
 * @property {string} name who the visitor is, if the page knows
 * @property {string} email
 * @property {string} identity who it is, signed by the page's site: a JWT as in `POST /chats`
 * @property {string} site the public key of the page's site
 * @property {string} store tells what this browser keeps for the site from what it keeps for others
 * @property {string} consent a sentence about what is kept of what a visitor writes
 * @property {string} privacy the address of the privacy policy
 * @property {string} mode who answers on the site: "always", "when_away" or "never"
 * @property {string} back when the team is back, if it was not there a moment ago
 * @property {boolean} open begin with an open panel
 */

// The surface and the text on it, as in launcher.css: by day and by night.
const DAY = ["#ffffff", "#1b1e25"];
const NIGHT = ["#1a1d24", "#eceef3"];
// WCAG 1.4.11, of what is no text.
const VISIBLE = 3;
const SITE = /^[\w-]{1,64}$/;
const WEB = /^https?:/i;
const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;

/**
 * @param {Record<string, string | undefined>} data
 * @returns {Options}
 */
export function read(data) {
  const server = new URL(data.server ?? "./", location.href).href;
  const site = keyIn(data.site);
  const own = (/** @type {string} */ name) => data[name] ?? "";
  const [accent, privacy, theme] = [own("accent"), own("privacy"), own("theme")];
  return {
    server,
    site,
    store: nameOf(server, site),
    title: own("title"),
    greeting: own("greeting"),
    label: own("label"),
    placeholder: own("placeholder"),
    accent: HEX.test(accent) ? accent : "",
    position: data.position === "left" ? "left" : "right",
    theme: theme === "light" || theme === "dark" ? theme : "auto",
    lang: language(data.lang),
    name: own("name"),
    email: own("email"),
    identity: own("identity"),
    consent: own("consent"),
    privacy: WEB.test(privacy) ? privacy : "",
    mode: own("mode"),
    back: own("back"),
    open: data.open !== undefined && data.open !== "false",
  };
}

/** @param {string | undefined} site */
function keyIn(site) {
  return site && SITE.test(site) ? site : "";
}

/**
 * What tells the chats of one site from those of others in the same browser.
 * @param {string} server
 * @param {string} site
 */
export function nameOf(server, site) {
  return site ? `${server} ${site}` : server;
}

/**
 * What was set for the site in the browser, where the page itself says nothing.
 * @param {Record<string, string | undefined>} data
 * @param {any} published the answer of `GET /sites/{key}`
 * @returns {Record<string, string | undefined>}
 */
export function withPublished(data, published) {
  const { theme = {}, texts = {}, locale, consent, privacy_url: privacy } = published ?? {};
  const { answering_mode: mode, back_at: back } = published ?? {};
  const lang = data.lang ?? locale;
  const words = texts[language(lang)] ?? {};
  const set = Object.entries({ ...theme, ...words, lang, consent, privacy, mode, back }).filter(
    ([, value]) => typeof value === "string" && value,
  );
  return { ...Object.fromEntries(set), ...data };
}

/**
 * What an accent changes. What marks the focus has it, too, where that can be seen.
 * @param {string} accent
 */
export function accentSheet(accent) {
  if (!accent) return "";
  const own = brightness(accent);
  const ring = [DAY, NIGHT].map(([ground, ink]) => {
    const [dark, light] = [own, brightness(ground)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05) >= VISIBLE ? accent : ink;
  });
  return `.box{--accent:${accent};--on-accent:${readableOn(accent)};--ring:light-dark(${ring})}`;
}

/** Black or white, whichever is the more readable on a colour. @param {string} accent */
export function readableOn(accent) {
  const luminance = brightness(accent);
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

/** Relative luminance as WCAG has it. @param {string} accent */
function brightness(accent) {
  const digits = accent.slice(1);
  const wide = digits.length === 3 ? [...digits].map((one) => one + one).join("") : digits;
  const [red, green, blue] = [0, 2, 4].map((at) => {
    const value = parseInt(wide.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
