// @ts-check
// A page of our own with the chat of one site: `/manager/try?site=<its public key>`.
import { openChat } from "./demo_chat.js";

const de = {
  headline: "Diese Seite ist wie eine von Ihren.",
  lead:
    "Der Knopf in der Ecke ist der Chat, wie Ihre Besucher ihn sehen. Schreiben Sie etwas als " +
    "Besucher, und sehen Sie dann in den Posteingang.",
  try: "Chat ausprobieren",
  inbox: "Zum Posteingang",
};
const MISSING = {
  en: "No website has this key. Please open this page from the settings of your website.",
  de: "Keine Website hat diesen Schlüssel. Öffnen Sie diese Seite aus deren Einstellungen.",
};

const first = navigator.languages.find((one) => /^(de|en)\b/i.test(one));
const lang = first?.toLowerCase().startsWith("de") ? "de" : "en";
if (lang === "de") {
  document.documentElement.lang = lang;
  for (const [name, text] of Object.entries(de)) {
    const element = document.querySelector(`[data-text="${name}"]`);
    if (element) element.textContent = text;
  }
}

// The widget's own script stands behind this one, and runs after it.
const key = new URLSearchParams(location.search).get("site") ?? "default";
const widget = document.getElementById("widget");
if (widget && key !== "default") widget.dataset.site = key;

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

async function sayName() {
  const answer = await fetch(`../sites/${encodeURIComponent(key)}`);
  if (answer.ok) {
    find("site").textContent = (await answer.json()).name;
    return;
  }
  find("missing").textContent = MISSING[lang];
  find("missing").hidden = false;
  find("try").hidden = true;
}

void sayName().catch(() => {});
find("try").addEventListener("click", () => openChat());
