// @ts-check
import { h, say } from "../view/dom.js";
import { texts } from "./texts.js";
/** @import { ManagerClient } from "../client/manager.js" */

const COPIED_FOR = 2_000;

/** Shows a link that signs this manager in on another device, once. */
export class Device {
  #client;
  #format;
  #failed;
  #hint = h("p", {});
  #link = h("input", { id: "device-link", readonly: true, dir: "ltr" });
  #copy = h("button", { type: "button", class: "primary", onclick: () => void this.#copyLink() });

  /**
   * @param {ManagerClient} client
   * @param {import("../view/format.js").Format} format
   * @param {(why: string) => void} failed
   */
  constructor(client, format, failed) {
    this.#client = client;
    this.#format = format;
    this.#failed = failed;
    const done = () => this.element.close();
    this.element = h(
      "dialog",
      // The link is as good as a sign-in: it does not stay in the page.
      { class: "device", "aria-label": texts.device, onclose: () => this.#show("") },
      h("h2", {}, texts.device),
      this.#hint,
      h("label", { for: "device-link" }, texts.deviceLink),
      this.#link,
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", class: "quiet", onclick: done }, texts.done),
        this.#copy,
      ),
    );
  }

  async open() {
    try {
      const { url, expires_at: until } = await this.#client.linkDevice();
      this.#show(url);
      say(this.#hint, `${texts.deviceHint} ${this.#format.full(until)}.`);
      this.element.showModal();
      this.#link.select();
    } catch (error) {
      this.#failed(error instanceof Error && error.message ? error.message : texts.unreachable);
    }
  }

  /** @param {string} url */
  #show(url) {
    this.#link.value = url;
    say(this.#copy, texts.copy);
    this.#copy.hidden = !navigator.clipboard;
  }

  async #copyLink() {
    await navigator.clipboard.writeText(this.#link.value).then(
      () => say(this.#copy, texts.copied),
      () => this.#link.select(),
    );
    setTimeout(() => say(this.#copy, texts.copy), COPIED_FOR);
  }
}
