// @ts-check
import { h, icon } from "../../view/dom.js";
import { Device } from "../device.js";
import { ACCOUNT } from "../rail.js";
import { own, texts as common } from "../texts.js";
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: { hint: "Sign in on your phone, or in another browser, by a link that works once." },
  de: { hint: "Melden Sie sich auf dem Telefon oder in einem anderen Browser mit einem Link an." },
});

/** How one comes in elsewhere, too. @type {Panel} */
export const devices = {
  order: 30,
  account({ client, format, failed, me }) {
    const device = new Device(client, format, failed);
    const open = () => void device.open();
    const button = h("button", { type: "button", class: "quiet" }, icon("device"), common.device);
    button.onclick = open;
    const element = h("div", {}, h("p", {}, texts.hint), button, device.element);
    return { title: common.device, element, hidden: me.open };
  },
  commands: ({ go, me }) =>
    me.open ? [] : [{ title: common.device, run: () => go({ room: ACCOUNT }) }],
};
