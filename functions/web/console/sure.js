// @ts-check
import { h, say } from "../view/dom.js";

/**
 * A button for what cannot be undone: the first press asks, the second one does it.
 * @param {string} label
 * @param {string} asks
 * @param {() => Promise<unknown>} run
 * @param {string} [about] what it is about, where the label alone does not say it
 */
export function sureButton(label, asks, run, about = "") {
  const shown = h("span", {}, label);
  const spoken = about && h("span", { class: "spoken" }, ` ${about}`);
  const button = h("button", { type: "button", class: "quiet" }, shown, spoken);
  /** @param {boolean} sure */
  const ask = (sure) => {
    button.classList.toggle("danger", sure);
    say(shown, sure ? asks : label);
  };
  button.onblur = () => ask(false);
  // A key that is held is one press.
  button.onkeydown = (event) => {
    if (event.repeat) event.preventDefault();
  };
  button.onclick = async () => {
    if (!button.classList.contains("danger")) return ask(true);
    button.disabled = true;
    await run();
    button.disabled = false;
    ask(false);
  };
  return button;
}
