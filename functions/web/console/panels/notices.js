// @ts-check
import { h, icon, say } from "../../view/dom.js";
import { ago } from "../ago.js";
import { browserOf } from "../browser.js";
import { attempt } from "../failing.js";
import { sureButton } from "../sure.js";
import { own } from "../texts.js";
/** @import { Context } from "../context.js" */
/** @import { Panel } from "../panels.js" */
/** @import { PushDeviceInfo } from "../../client/types.js" */

const texts = own({
  en: {
    ...{ title: "Notices on this device", others: "Devices that get notices" },
    wake: "Wake this device when somebody waits, also while no page is open",
    hint: "It shows who waits, and nothing of what they wrote. It ends with the sign-in.",
    refused: "This browser does not let the page show notices. Allow them in its settings.",
    absent:
      "This browser cannot be woken. On an iPhone or iPad, add this page to the home screen first.",
    ...{ here: "This browser", unknown: "Unknown browser", end: "Remove", sure: "Remove it now?" },
    ...{ never: "No notice yet", test: "Send a test" },
    last: (/** @type {string} */ when) => `Last notice: ${when}`,
  },
  de: {
    ...{ title: "Hinweise auf diesem Gerät", others: "Geräte, die Hinweise bekommen" },
    wake: "Dieses Gerät wecken, wenn jemand wartet, auch ohne geöffnete Seite",
    hint: "Es zeigt, wer wartet, und nichts von dem, was geschrieben wurde. Es endet mit der Anmeldung.",
    refused: "Dieser Browser lässt keine Hinweise zu. Erlauben Sie sie in seinen Einstellungen.",
    absent:
      "Dieser Browser kann nicht geweckt werden. Legen Sie die Seite auf iPhone oder iPad zuerst auf den Home-Bildschirm.",
    ...{ here: "Dieser Browser", unknown: "Unbekannter Browser", end: "Entfernen" },
    ...{ sure: "Jetzt entfernen?", never: "Noch kein Hinweis", test: "Test senden" },
    last: (/** @type {string} */ when) => `Letzter Hinweis: ${when}`,
  },
});

/** Which browsers are woken when somebody waits. @type {Panel} */
export const notices = {
  order: 21,
  account(context) {
    const { wake } = context.alerts;
    const box = h("input", { type: "checkbox" });
    const why = h("p", { class: "hint" });
    const list = h("ul", { class: "things", tabindex: "-1", "aria-label": texts.others });
    const draw = () => {
      const { state } = wake;
      box.checked = state === "on";
      box.disabled = state === "absent" || state === "refused";
      say(why, state === "absent" || state === "refused" ? texts[state] : texts.hint);
    };
    const load = async () => {
      draw();
      const found = await attempt(context, () => context.client.call("manager/push"));
      if (found) list.replaceChildren(...found.devices.map(row));
      test.hidden = !found?.devices.length;
    };
    /** @param {string} id */
    const end = async (id) => {
      const off = () => context.client.call(`manager/push/${id}`, { method: "DELETE" });
      await attempt(context, () => (id === wake.device ? wake.turnOff() : off()));
      list.focus();
      await load();
    };
    /** @param {PushDeviceInfo} one */
    const row = (one) => device(one, one.id === wake.device, end);
    box.onchange = async () => {
      box.disabled = true;
      await attempt(context, () => (box.checked ? wake.turnOn() : wake.turnOff()));
      await load();
      box.focus();
    };
    const test = h("button", { type: "button", class: "quiet" }, icon("bell"), texts.test);
    test.onclick = async () => {
      test.disabled = true;
      await attempt(context, () => context.client.post("manager/push/test", {}));
      test.disabled = false;
    };
    draw();
    const label = h("label", { class: "check" }, box, texts.wake);
    return {
      title: texts.title,
      element: h("div", {}, label, why, list, test),
      moved: () => void load(),
    };
  },
};

/**
 * @param {PushDeviceInfo} one
 * @param {boolean} here
 * @param {(id: string) => Promise<void>} end
 */
function device({ id, user_agent: agent, used_at: used }, here, end) {
  const { name, small } = browserOf(agent ?? "");
  const known = name || texts.unknown;
  return h(
    "li",
    {},
    h("span", { class: "sign" }, icon(small ? "device" : "screen")),
    h(
      "div",
      {},
      h("p", { class: "what" }, known, " ", here && h("span", { class: "chip" }, texts.here)),
      h("p", { class: "presence" }, used ? texts.last(ago(used)) : texts.never),
    ),
    sureButton(texts.end, texts.sure, () => end(id), known),
  );
}
