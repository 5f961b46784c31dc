// @ts-check

/** Open the chat of this page, also where its script has not put it there yet. */
export function openChat() {
  const chat = /** @type {any} */ (document.querySelector("switchboard-chat"));
  if (chat) {
    chat.open();
    return;
  }
  const observer = new MutationObserver(() => {
    if (!document.querySelector("switchboard-chat")) return;
    observer.disconnect();
    openChat();
  });
  observer.observe(document.documentElement, { childList: true });
}
