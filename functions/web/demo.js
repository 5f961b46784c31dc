// @ts-check
import { openChat } from "./demo_chat.js";

const de = {
  headline: "Live-Chat, der von selbst antwortet, bis ein Mensch übernimmt.",
  lead:
    "Der Chat in der Ecke ist der eines Besuchers. Öffnen Sie die Konsole daneben: Sehen Sie zu, " +
    "wie die Antwort entsteht, übernehmen Sie mitten im Satz, und geben Sie wieder ab.",
  try: "Chat ausprobieren",
  console: "Konsole öffnen",
  how: "Auf Ihrer eigenen Seite",
  one: "Eine Zeile, vor dem Ende der Seite:",
  more: "Alle Aufrufe, zum Ausprobieren:",
};

// The reader's first language of the two; this page loads nothing that it does not need.
const first = navigator.languages.find((one) => /^(de|en)\b/i.test(one));
if (first?.toLowerCase().startsWith("de")) {
  document.documentElement.lang = "de";
  for (const [name, text] of Object.entries(de)) {
    const element = document.querySelector(`[data-text="${name}"]`);
    if (element) element.textContent = text;
  }
}

const address = new URL("./widget.js", location.href).href;
const snippet = document.getElementById("snippet");
if (snippet) snippet.textContent = `<script src="${address}" async></script>`;

document.getElementById("try")?.addEventListener("click", () => openChat());
