// @ts-check

/** @typedef {{createHTML: (html: string) => string, createScriptURL: (url: string) => string}} Policy */

const pass = (/** @type {string} */ text) => text;
/** @type {Policy | undefined} */
let policy;

/** Pages may demand Trusted Types. A page has one policy of a name. @returns {Policy | undefined} */
function made() {
  const types = /** @type {any} */ (window).trustedTypes;
  if (types)
    policy ??= types.createPolicy("switchboard", { createHTML: pass, createScriptURL: pass });
  return policy;
}

/**
 * For a document that runs nothing, and of which only what is allowed is copied.
 * @param {string} html
 */
export const trustedHtml = (html) => made()?.createHTML(html) ?? html;

/** For a script of ours. @param {string} url */
export const trustedScript = (url) => made()?.createScriptURL(url) ?? url;
