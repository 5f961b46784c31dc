// @ts-check
import { h } from "../../view/dom.js";
import { choices } from "../choices.js";
import { shown } from "../commands.js";
import { notifyButton } from "../notify.js";
import { own, texts as common } from "../texts.js";
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: {
    ...{
      title: "Keys and sounds",
      sends: "What sends a message",
      sound: "Sound when a chat waits",
    },
    enter: (/** @type {string} */ held) => `Enter. ${held} begins a line.`,
    mod: (/** @type {string} */ held) => `${held}. Enter begins a line.`,
    ...{ on: "Turn the sound on", off: "Turn the sound off" },
  },
  de: {
    ...{ title: "Tasten und Töne", sends: "Was eine Nachricht sendet" },
    sound: "Ton, wenn ein Chat wartet",
    enter: (/** @type {string} */ held) => `Enter. ${held} beginnt eine Zeile.`,
    mod: (/** @type {string} */ held) => `${held}. Enter beginnt eine Zeile.`,
    ...{ on: "Ton einschalten", off: "Ton ausschalten" },
  },
});

/** How the keyboard works, and what is heard. @type {Panel} */
export const keys = {
  order: 20,
  account({ preferences, alerts, help }) {
    const among = /** @type {[string, string][]} */ ([
      ["enter", texts.enter(shown("Shift+Enter", common))],
      ["mod", texts.mod(shown("Mod+Enter", common))],
    ]);
    const sends = choices(texts.sends, "sends", among, preferences.sendsOn, (value) => {
      preferences.sendsOn = value === "mod" ? "mod" : "enter";
    });
    const sound = h("input", { type: "checkbox", checked: alerts.sounds });
    sound.onchange = () => {
      alerts.sounds = sound.checked;
    };
    alerts.watch(() => {
      sound.checked = alerts.sounds;
    });
    const all = h("button", { type: "button", class: "quiet", onclick: help }, common.help);
    const label = h("label", { class: "check" }, sound, texts.sound);
    const buttons = h("div", { class: "beside" }, all, notifyButton(alerts, true));
    return { title: texts.title, element: h("div", {}, sends, label, buttons) };
  },
  commands: ({ alerts }) => [
    { title: texts.on, run: () => turn(alerts, true), possible: () => !alerts.sounds },
    { title: texts.off, run: () => turn(alerts, false), possible: () => alerts.sounds },
  ],
};

/** @param {import("../alerts.js").Alerts} alerts @param {boolean} on */
function turn(alerts, on) {
  alerts.sounds = on;
}
