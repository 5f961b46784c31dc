// @ts-check
import { h, icon } from "../view/dom.js";
import { texts } from "./texts.js";
/** @import { Alerts } from "./alerts.js" */

/**
 * Ask the browser to let the desktop show who waits.
 * @param {Alerts} alerts
 * @param {boolean} [inWords] where there is room for them
 */
export function notifyButton(alerts, inWords = false) {
  const label = { "aria-label": texts.notify, title: texts.notify };
  const button = inWords
    ? h("button", { type: "button", class: "quiet" }, icon("bell"), texts.notify)
    : h("button", { type: "button", class: "bare notify", ...label }, icon("bell"));
  button.hidden = !alerts.mayAsk;
  button.onclick = async () => {
    await alerts.ask();
    button.hidden = !alerts.mayAsk;
  };
  return button;
}
