// @ts-check

// As in widget.css: the panel takes the whole screen.
const WHOLE_SCREEN = "(max-width: 480px), (max-height: 420px)";
const MARK = "switchboard";

/**
 * The Back button closes a panel that takes the whole screen, and leaves the page only after it.
 * The entry has the page's own address and state: to a router, going back leads where it is.
 */
export class BackButton {
  #close;
  #address = "";
  #leaves = false;

  /** @param {() => void} close */
  constructor(close) {
    this.#close = close;
  }

  opened() {
    if (!matchMedia(WHOLE_SCREEN).matches) return;
    this.#address = location.href;
    addEventListener("popstate", this.#popped, true);
    if (isOurs()) return;
    try {
      history.pushState({ ...history.state, [MARK]: true }, "");
    } catch {
      // A document without a history of its own, or a state that cannot be copied.
    }
  }

  closed() {
    if (!this.#address) return;
    this.#leaves = isOurs() && location.href === this.#address;
    if (this.#leaves) history.back();
    else this.forget();
  }

  #popped = () => {
    if (location.href !== this.#address) return this.forget();
    if (!this.#leaves && isOurs()) return;
    const isClosed = this.#leaves;
    this.forget();
    if (!isClosed) this.#close();
  };

  /** Leave Back to the page. */
  forget() {
    this.#address = "";
    this.#leaves = false;
    removeEventListener("popstate", this.#popped, true);
  }
}

const isOurs = () => Boolean(history.state?.[MARK]);
