// @ts-check

const CHAT = /^#chat=([A-Za-z0-9._~-]{1,64})$/;
/** The list is one step back in the browser's history. */
const OVER_LIST = { over: "list" };

/** The open chat in the page's address: it can be linked, a reload keeps it, Back closes it. */
export class Route {
  /** @param {(id: string) => void} show a chat, or none */
  constructor(show) {
    addEventListener("popstate", () => show(this.chat));
    if (!this.chat || history.state?.over) return;
    const { hash } = location;
    history.replaceState(null, "", this.#list);
    history.pushState(OVER_LIST, "", hash);
  }

  get chat() {
    return CHAT.exec(location.hash)?.[1] ?? "";
  }

  /** A chat is open now. @param {string} id */
  opened(id) {
    if (this.chat === id) return;
    const address = `${this.#list}#chat=${id}`;
    if (this.chat) history.replaceState(history.state, "", address);
    else history.pushState(OVER_LIST, "", address);
  }

  /** No chat is open any more. */
  left() {
    if (!this.chat) return;
    if (history.state?.over) history.back();
    else history.replaceState(null, "", this.#list);
  }

  get #list() {
    return location.pathname + location.search;
  }
}
