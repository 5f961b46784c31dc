// When the first row of a list was painted, as the browser itself measured it.
(() => {
  window.painted = new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries()[0].renderTime)).observe({
      ...{ type: "element", buffered: true },
    });
    const rows = new MutationObserver(() => {
      const name = document.querySelector(".chat .name");
      if (!name) return;
      name.setAttribute("elementtiming", "row");
      rows.disconnect();
    });
    rows.observe(document, { childList: true, subtree: true });
  });
  // Down a list, so many frames long.
  window.scrolls = async (turns, step) => {
    const list = document.querySelector(".list");
    list.scrollTop = 0;
    for (let n = 0; n < turns; n++) {
      list.scrollBy(0, step);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return list.scrollTop;
  };
})();
