// @ts-check
import { h, icon, say } from "../view/dom.js";
import { avatar, paint } from "./avatar.js";
import { showViewers } from "./colleagues.js";
import { priorityName } from "./panels/priority.js";
import { ownerOf } from "./row.js";
import { visitorOf } from "./status.js";
import { isVerified, nameOf, texts } from "./texts.js";
import { verifiedMark } from "./verified.js";
/** @import { ChatSummary } from "../client/types.js" */

/**
 * @typedef {object} HeadingActs
 * @property {() => void} back
 * @property {() => void} own take over, or hand back
 * @property {() => void} close close, or reopen
 * @property {() => void} details show them where there is no column for them
 */

/** Whose chat it is, who answers, and what can be done with it. */
export class Heading {
  #face = avatar({ kind: "visitor" });
  #name = h("bdi", {});
  #verified = verifiedMark();
  #about = h("p", { class: "about" });
  #viewers = h("div", { class: "viewers", hidden: true });
  #owner;
  #status;

  /** @param {HeadingActs} acts */
  constructor(acts) {
    const named = (/** @type {string} */ label) => ({ "aria-label": label, title: label });
    this.#owner = h("button", { type: "button", onclick: acts.own });
    this.#status = h("button", { type: "button", class: "quiet", onclick: acts.close });
    this.element = h(
      "header",
      {},
      h(
        "button",
        { type: "button", class: "bare back", ...named(texts.back), onclick: acts.back },
        icon("back"),
      ),
      this.#face,
      h("div", { class: "names" }, h("h2", {}, this.#name, this.#verified), this.#about),
      this.#viewers,
      h("div", { class: "acts" }, this.#owner, this.#status),
      h(
        "button",
        { type: "button", class: "bare more", ...named(texts.details), onclick: acts.details },
        icon("info"),
      ),
    );
  }

  /**
   * @param {ChatSummary} summary
   * @param {string} me
   * @param {boolean} online
   * @param {import("../client/viewers.js").Viewer[]} viewers
   */
  draw(summary, me, online, viewers) {
    showViewers(this.#viewers, viewers);
    paint(this.#face, visitorOf(summary));
    say(this.#name, nameOf(summary));
    this.#verified.hidden = !isVerified(summary);
    const { name, email, page_url: page } = summary.visitor;
    const parts = [online ? texts.online : texts.offline, ownerOf(summary, me)];
    if (name && email) parts.push(email);
    if (summary.priority) parts.push(priorityName(summary.priority));
    parts.push(...(summary.tags ?? []).map((tag) => `#${tag.name}`));
    if (summary.snoozed) parts.push(texts.filters.snoozed);
    if (page) parts.push(`${texts.on} ${page}`);
    say(this.#about, parts.join(" · "));
    const owned = isOwn(summary, me);
    say(this.#owner, owned ? texts.handBack : texts.takeOver);
    this.#owner.className = owned ? "quiet" : "primary";
    say(this.#status, summary.status === "open" ? texts.close : texts.reopen);
  }
}

/** Whether this manager answers in it. @param {ChatSummary} summary @param {string} me */
export const isOwn = ({ owner, manager }, me) => owner === "manager" && manager?.id === me;

/** What an answer changes. @param {ChatSummary} summary @param {string} me */
export function hintLine(summary, me) {
  if (isOwn(summary, me) || summary.status === "closed") return "";
  if (summary.owner === "assistant") return texts.takes;
  return summary.manager?.name ? texts.beside(summary.manager.name) : "";
}
