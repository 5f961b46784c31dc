// @ts-check
// What stands first is found first: each names the ones below it, too.
const BROWSERS = /** @type {const} */ ([
  ["Edge", /\bEdg(?:e|A|iOS)?\//],
  ["Opera", /\bOPR\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Firefox", /\b(?:Firefox|FxiOS)\//],
  ["Chrome", /\b(?:Headless)?(?:Chrome|CriOS|Chromium)\//],
  ["Safari", /\bSafari\//],
]);
const SYSTEMS = /** @type {const} */ ([
  ["iPhone", /\biPhone\b/],
  ["iPad", /\biPad\b/],
  ["Android", /\bAndroid\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMacintosh\b/],
  ["Linux", /\bLinux\b/],
]);

/**
 * A browser by what it says of itself, in a few words. A program that is none says its own name.
 * @param {string} agent
 */
export function browserOf(agent) {
  const [browser, system] = [BROWSERS, SYSTEMS].map((all) => found(all, agent));
  const name = [browser, system].filter(Boolean).join(" · ") || agent.split(/[\s/(]/, 1)[0];
  return { name, small: /\b(?:iPhone|Mobile)\b/.test(agent) };
}

/** @param {readonly (readonly [string, RegExp])[]} all @param {string} agent */
const found = (all, agent) => all.find(([, sign]) => sign.test(agent))?.[0] ?? "";
