// @ts-check
import { h } from "../view/dom.js";
import { texts } from "./texts.js";
/** @import { Alerts } from "./alerts.js" */

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
