// @ts-check
import { language } from "../view/format.js";

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
 * @property {import("../view/format.js").Language} lang "de" or "en" (the browser's)
 * @property {string} name who the visitor is, if the page knows
 * @property {string} email
 * @property {string} identity who it is, signed by the page's site: a JWT as in `POST /chats`
 * @property {boolean} open begin with an open panel
 */

const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;

/**
 * @param {Record<string, string | undefined>} data
 * @returns {Options}
 */
export function read(data) {
  return {
    server: new URL(data.server ?? "./", location.href).href,
    title: data.title ?? "",
    greeting: data.greeting ?? "",
    label: data.label ?? "",
    placeholder: data.placeholder ?? "",
    accent: HEX.test(data.accent ?? "") ? String(data.accent) : "",
    position: data.position === "left" ? "left" : "right",
    theme: data.theme === "light" || data.theme === "dark" ? data.theme : "auto",
    lang: language(data.lang),
    name: data.name ?? "",
    email: data.email ?? "",
    identity: data.identity ?? "",
    open: data.open !== undefined && data.open !== "false",
  };
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
