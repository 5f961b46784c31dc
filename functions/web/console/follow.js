// @ts-check

/**
 * A link to a place in this page. With a key held the browser opens it elsewhere.
 * @param {HTMLAnchorElement} link
 * @param {() => void} go
 */
export function follow(link, go) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    event.preventDefault();
    go();
  });
}
