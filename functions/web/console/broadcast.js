// @ts-check
import { newId } from "../client/outbox.js";
import { room } from "../view/composer.js";
import { h, say } from "../view/dom.js";
import { texts } from "./texts.js";

const LOOK_EVERY = 700;
const COUNT_AFTER = 250;
const AUDIENCES = /** @type {const} */ (["open", "online"]);

/** A message to many chats: write, see whom it reaches, be sure, watch it go. */
export class Broadcast {
  #client;
  #format;
  #stored;
  #text = h("textarea", {
    ...{ rows: "5", id: "broadcast-text", dir: "auto", required: true },
    oninput: () => this.#stored.write(this.#text.value || null),
  });
  /** Names this broadcast, so that one sent twice goes out once. */
  #id = "";
  #reach = h("p", { class: "reach", role: "status" });
  #next = h("button", { type: "submit", class: "primary" }, texts.review);
  #cancel = h(
    "button",
    { type: "button", class: "quiet", onclick: () => this.#back() },
    texts.cancel,
  );
  #sure = h("p", { class: "sure", hidden: true }, texts.sure);
  #bar = h("progress", { max: "1", value: "0", hidden: true, "aria-label": texts.underWay });
  #state = h("p", { class: "state", role: "status" });
  #progress = h("p", { class: "progress" });
  #writing = h("div", {});
  #why = h("p", { class: "why", role: "alert" });
  /** @type {"write" | "review" | "going" | "done"} */
  #step = "write";
  #recipients = 0;
  #counted = 0;

  /**
   * @param {import("../client/manager.js").ManagerClient} client
   * @param {import("../view/format.js").Format} format
   * @param {import("../client/storage.js").StoredValue<string>} stored where an unsent text is kept
   */
  constructor(client, format, stored) {
    this.#client = client;
    this.#stored = stored;
    this.#text.value = stored.read() ?? "";
    this.#format = format;
    const choices = AUDIENCES.map((value, n) =>
      h(
        "label",
        {},
        h("input", {
          type: "radio",
          name: "audience",
          value,
          checked: n === 0,
          onchange: () => this.#count(),
        }),
        texts.audiences[value],
      ),
    );
    this.#writing.append(
      h("label", { for: "broadcast-text" }, texts.message),
      this.#text,
      h("fieldset", {}, h("legend", {}, texts.audience), ...choices),
      this.#reach,
      this.#sure,
    );
    this.#form = h(
      "form",
      { onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      h("h2", {}, texts.broadcastTitle),
      this.#writing,
      this.#state,
      this.#bar,
      this.#progress,
      this.#why,
      h("div", { class: "buttons" }, this.#cancel, this.#next),
    );
    this.element = h(
      "dialog",
      { class: "broadcast", "aria-label": texts.broadcastTitle },
      this.#form,
    );
  }

  #form;

  open() {
    this.#step = "write";
    say(this.#state, "");
    say(this.#progress, "");
    say(this.#why, "");
    this.#bar.hidden = true;
    this.#show();
    this.element.showModal();
    this.#text.focus();
    this.#count();
  }

  get #audience() {
    const chosen = new FormData(this.#form).get("audience");
    return chosen === "online" ? "online" : "open";
  }

  #count() {
    const asked = ++this.#counted;
    say(this.#reach, texts.counting);
    setTimeout(async () => {
      if (asked !== this.#counted) return;
      try {
        const { recipients } = await this.#client.count(this.#audience);
        if (asked !== this.#counted) return;
        this.#recipients = recipients;
        say(this.#reach, texts.reaches(this.#chats));
      } catch (error) {
        this.#failed(error);
      }
    }, COUNT_AFTER);
  }

  get #chats() {
    return texts.chatsN(this.#recipients, this.#format.number(this.#recipients));
  }

  #show() {
    const writing = this.#step === "write";
    this.#text.disabled = !writing;
    for (const one of this.#form.querySelectorAll("fieldset")) one.disabled = !writing;
    this.#sure.hidden = this.#step !== "review";
    this.#next.hidden = this.#step === "going" || this.#step === "done";
    say(this.#next, writing ? texts.review : texts.sendTo(this.#chats));
    this.#writing.hidden = this.#step === "going" || this.#step === "done";
    const close = this.#step === "going" || this.#step === "done";
    say(this.#cancel, close ? texts.done : writing ? texts.cancel : texts.change);
  }

  #back() {
    if (this.#step !== "review") return this.element.close();
    this.#step = "write";
    this.#show();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (this.#step === "write") {
      if (!this.#text.value.trim() || room(this.#text.value) < 0) return this.#text.focus();
      this.#step = "review";
      this.#id = newId();
      this.#show();
      this.#next.focus();
    } else if (this.#step === "review") {
      void this.#send();
    }
  }

  async #send() {
    this.#step = "going";
    this.#show();
    // The button that had the focus is gone.
    this.#cancel.focus();
    try {
      const { broadcast_id } = await this.#client.broadcast(
        this.#text.value,
        this.#audience,
        this.#id,
      );
      this.#stored.write(null);
      this.#bar.hidden = false;
      await this.#watch(broadcast_id);
      this.#text.value = "";
      this.#step = "done";
    } catch (error) {
      this.#failed(error);
      this.#step = "review";
    }
    this.#show();
  }

  /** Look how far it is, as long as someone looks at this. @param {string} id */
  async #watch(id) {
    while (true) {
      const now = await this.#client.progress(id);
      const { delivered, stored, failed, recipients } = now;
      this.#bar.max = Math.max(1, recipients);
      this.#bar.value = stored + failed;
      const [d, s, f] = [delivered, stored - delivered, failed].map((n) => this.#format.number(n));
      say(this.#state, now.done ? texts.finished : texts.underWay);
      say(this.#progress, texts.progress(String(d), String(s), String(f)));
      if (now.done || !this.element.open) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
  }

  /** @param {unknown} error */
  #failed(error) {
    say(this.#state, "");
    say(this.#why, error instanceof Error && error.message ? error.message : texts.unreachable);
    say(this.#reach, "");
  }
}
