// @ts-check
import { Problem } from "../client/http.js";
import { ManagerClient } from "../client/manager.js";
import { takeAhead } from "./ahead.js";
import { Console } from "./console.js";
import { TOKEN } from "./route.js";
import { SignIn } from "./sign_in.js";
import { lang, texts } from "./texts.js";

document.documentElement.lang = lang;
// A browser looks for them again, from wherever the page's address has moved to.
const LATER = "link[rel=icon], link[rel=apple-touch-icon], link[rel=manifest]";
for (const one of document.querySelectorAll(LATER)) {
  if (one instanceof HTMLLinkElement) one.href = `${new URL(one.href)}`;
}
document.title = texts.title;

/** The link's token, taken out of the address at once. */
function tokenFromLink() {
  if (!location.hash.startsWith(TOKEN)) return "";
  const token = decodeURIComponent(location.hash.slice(TOKEN.length));
  history.replaceState(null, "", location.pathname + location.search);
  return token;
}

/**
 * Sign in by a link. Whoever opens a spent link again is still signed in in this browser.
 * @param {ManagerClient} visit
 * @param {string} token
 */
async function signedIn(visit, token) {
  try {
    return await visit.signIn(token);
  } catch (error) {
    if (!(error instanceof Problem && error.refused)) throw error;
    return visit.me().catch(() => {
      throw error;
    });
  }
}

async function begin() {
  // From `/v/<version>/console/`, wherever the page itself is.
  const base = new URL("../../../", import.meta.url).href;
  const visit = new ManagerClient(base, { frame() {}, changed() {}, state() {} });
  const token = tokenFromLink();
  try {
    const ahead = token ? null : takeAhead(base);
    const me = token ? await signedIn(visit, token) : await visit.me(ahead?.me);
    await ahead?.soon();
    const made = new Console(base, me, ahead);
    // With the chats in it from the start, the page is laid out once.
    if (ahead?.isHere) await made.listed();
    document.body.replaceChildren(made.element);
    made.placed();
  } catch (error) {
    const wrong = token ? texts.signInFailed : "";
    const why = error instanceof Problem && error.refused ? wrong : texts.unreachable;
    document.body.replaceChildren(new SignIn(visit, why, () => void begin()).element);
  }
}

void begin();
