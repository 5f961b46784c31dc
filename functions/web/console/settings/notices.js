// @ts-check
import { h } from "../../view/dom.js";
import { DeliveryLog } from "./delivery_log.js";
import { EscalationSteps } from "./escalation.js";
import { texts } from "./notice_texts.js";
import { Receivers } from "./receivers.js";
/** @import { Context } from "../context.js" */
/** @import { Receiver } from "./receivers.js" */

/** What goes outside while a site's chats wait: where, when, and what became of it. */
export class Notices {
  title = texts.notices;

  /** @param {Context} context @param {string} site */
  constructor(context, site) {
    const steps = new EscalationSteps(context, site);
    const log = new DeliveryLog(context, site);
    const know = (/** @type {Receiver[]} */ found) => steps.know(found);
    const receivers = new Receivers(context, site, know, () => void log.follow());
    const hint = h("p", { class: "hint" }, texts.hint);
    this.element = h("div", {}, hint, receivers.element, steps.element, log.element);
    void receivers.load().then(() => steps.load());
    void log.load();
  }
}
