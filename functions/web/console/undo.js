// @ts-check
import { newUuid } from "./uuid.js";
import { isField } from "./commands.js";
import { attempt } from "./failing.js";
import { texts } from "./texts.js";
/** @import { ChatSummary } from "../client/types.js" */
/** @import { Context } from "./context.js" */

// As the server allows, and as the toast is shown.
const FOR = 8_000;
const AT_ONCE = 100;

/** @typedef {{chat_id: string, result: "done" | "unchanged" | "refused", code?: string,
 *   message?: string, chat?: ChatSummary}} Result */

/** Changes chats, and takes the last change back. */
export class Undo {
  #made;
  #id = "";
  #until = 0;
  /** @type {string[]} */
  #chats = [];

  /** @param {() => Context} context of which this is a part */
  constructor(context) {
    this.#made = context;
  }

  get #context() {
    return this.#made();
  }

  /** There is something to take back, and nobody writes. */
  get possible() {
    const { activeElement: field } = document;
    return Date.now() < this.#until && !(isField(field) && field.value);
  }

  /**
   * Do the same to all of these chats, and offer a way back.
   * @param {string[]} ids
   * @param {Record<string, unknown>} act
   * @param {(results: Result[]) => string} say what was done
   */
  async change(ids, act, say) {
    const undo_id = newUuid();
    /** @type {Result[]} */
    const results = [];
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const body = { ...act, undo_id, chat_ids: ids.slice(at, at + AT_ONCE) };
      const made = await attempt(this.#context, () => this.#post("bulk", body));
      results.push(...(made ?? []));
    }
    const done = results.filter(({ result }) => result === "done");
    const why = results.find(({ message }) => message)?.message;
    if (done.length > 0) this.made(undo_id, ids, say(results));
    else if (why) this.#context.failed(why);
    return results;
  }

  /** These were changed: offer a way back. @param {string} id @param {string[]} chats @param {string} said */
  made(id, chats, said) {
    this.#id = id;
    this.#until = Date.now() + FOR;
    this.#chats = chats;
    this.#context.toast.offer(said, texts.undo, () => void this.back());
  }

  /** Take the last change back. */
  async back() {
    if (!this.#until) return;
    this.#until = 0;
    const made = await attempt(this.#context, () => this.#post("undo", { undo_id: this.#id }));
    if (!made) return;
    const kept = made.filter(({ result }) => result === "refused");
    if (kept.length > 0) this.#context.failed(texts.keptChange(kept.length, kept[0]?.message));
    const [one = ""] = this.#chats;
    if (this.#chats.length === 1 && kept.length === 0) this.#context.choose(one);
    this.#context.toast.offer(texts.undone, "", () => {});
  }

  /** @param {string} path @param {object} body @returns {Promise<Result[]>} */
  async #post(path, body) {
    const { client, learn, changed } = this.#context;
    try {
      const { results } = await client.post(`manager/chats/${path}`, body);
      learn(results.flatMap((/** @type {Result} */ { chat }) => chat ?? []));
      return results;
    } finally {
      changed();
    }
  }
}

/** Of one chat. @param {Result[]} results */
export const isDone = ([one]) => one?.result === "done" || one?.result === "unchanged";
