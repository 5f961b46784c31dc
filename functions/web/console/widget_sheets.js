// @ts-check
// From `/v/<version>/console/`, where the whole console is one file.
const NAMES = ["button.js", "open.js"].map((name) => new URL(`../widget/${name}`, import.meta.url));

/** @type {Promise<CSSStyleSheet[]> | undefined} */
let loaded;

/** The sheets of the visitor's chat, loaded when somebody wants to see it. */
export function widgetSheets() {
  loaded ??= Promise.all(NAMES.map(load)).then((all) => all.flat());
  return loaded;
}

/** @param {URL} url */
async function load(url) {
  const { sheets } = await import(url.href);
  return sheets.map((/** @type {string} */ text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
}
