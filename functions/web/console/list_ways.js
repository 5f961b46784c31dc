// @ts-check

/**
 * Where a key leads in a list. Undefined: nowhere.
 * @param {string} key
 * @param {number} at
 * @param {number} last
 * @param {number} page so many are in sight
 */
export function keyLeads(key, at, last, page) {
  /** @type {Record<string, number>} */
  const to = {
    ...{ ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last },
    ...{ PageDown: at + page, PageUp: at - page },
  };
  const wanted = to[key];
  return wanted === undefined ? undefined : Math.min(Math.max(0, wanted), last);
}

/** Let the elements stand in the order of their places. @param {HTMLElement} body @param {HTMLElement[]} rows */
export function putInOrder(body, rows) {
  rows.sort((a, b) => Number(a.dataset.at) - Number(b.dataset.at));
  let at = body.firstChild;
  for (const row of rows) {
    if (row === at) at = at.nextSibling;
    else body.insertBefore(row, at);
  }
}
