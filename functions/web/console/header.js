// @ts-check
import { h, icon, set } from "../view/dom.js";
import { texts } from "./texts.js";
/** @import { Me } from "../client/types.js" */
/** @import { Alerts } from "./alerts.js" */

/**
 * @typedef {object} HeaderActs
 * @property {() => void} broadcast
 * @property {() => void} device sign in on another one
 * @property {() => void} help
 * @property {() => void} signOut
 */

/**
 * Who is signed in, and what concerns no single chat.
 * @param {Me} me
 * @param {Alerts} alerts
 * @param {HeaderActs} acts
 */
export function header(me, alerts, acts) {
  const send = bare(icon("megaphone"), texts.broadcast);
  send.hidden = me.role !== "admin";
  send.onclick = acts.broadcast;
  const device = bare(icon("device"), texts.device);
  device.hidden = me.open;
  device.onclick = acts.device;
  const help = bare("?", texts.help);
  help.onclick = acts.help;
  return h(
    "header",
    {},
    h("span", { class: "badge" }, icon("spark")),
    h("div", { class: "names" }, h("h1", {}, texts.title), whoIAm(me, acts.signOut)),
    sound(alerts),
    send,
    device,
    help,
  );
}

/**
 * Ask the browser to let the desktop show who waits.
 * @param {Alerts} alerts
 */
export function notifyButton(alerts) {
  const button = h("button", { type: "button", class: "notify" }, texts.notify);
  button.hidden = !alerts.mayAsk;
  button.onclick = async () => {
    await alerts.ask();
    button.hidden = !alerts.mayAsk;
  };
  return button;
}

/** @param {Alerts} alerts */
function sound(alerts) {
  const button = bare(null, texts.sound);
  const show = () => {
    set(button, "aria-pressed", String(alerts.sounds));
    button.replaceChildren(icon(alerts.sounds ? "bell" : "muted"));
  };
  button.onclick = () => {
    alerts.sounds = !alerts.sounds;
    show();
  };
  show();
  return button;
}

/**
 * @param {Me} me
 * @param {() => void} signOut
 */
function whoIAm(me, signOut) {
  if (me.open) return h("p", { class: "about" }, me.name);
  const out = h("button", { type: "button", class: "out" }, texts.signOut);
  out.onclick = signOut;
  return h("p", { class: "about" }, h("bdi", {}, me.name), " · ", out);
}

/**
 * @param {import("../view/dom.js").Child} sign
 * @param {string} label
 */
const bare = (sign, label) =>
  h("button", { type: "button", class: "bare", "aria-label": label, title: label }, sign);
