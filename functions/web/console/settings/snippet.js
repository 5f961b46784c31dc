// @ts-check
import { h, say } from "../../view/dom.js";
import { copyButton } from "../copy.js";
import { texts } from "./texts.js";
/** @import { Site } from "./values.js" */

const TAG_MANAGER = "Google Tag Manager";

/** What a website needs for the chat, and where it goes there. @param {Site} site */
export function snippet(site) {
  const missing = h("p", { class: "sure" });
  const element = h(
    "div",
    {},
    missing,
    h("p", { class: "hint" }, texts.installHint),
    code(site.snippet),
    ...Object.entries(texts.recipes).map(([name, steps]) => {
      const below = name === TAG_MANAGER && code(forTagManager(site.snippet));
      const all = h("ol", {}, ...steps.map((step) => h("li", {}, step)));
      return h("details", { class: "recipe" }, h("summary", {}, name), all, below);
    }),
  );
  /** @param {Site} now */
  const show = ({ origins, inherited }) => {
    const allowed = origins ?? inherited.origins;
    missing.hidden = allowed.length > 0;
    say(missing, missing.hidden ? "" : texts.originsMissing);
  };
  show(site);
  return { element, show };
}

/** @param {string} text */
function code(text) {
  return h(
    "div",
    { class: "code" },
    h("pre", { tabindex: "0", dir: "ltr" }, h("code", {}, text)),
    copyButton(texts.copy, () => text),
  );
}

/** It drops what it does not know of a script, so that a script of its own has to say it. @param {string} line */
function forTagManager(line) {
  const [, src = ""] = /src="([^"]+)"/.exec(line) ?? [];
  const [, site = ""] = /data-site="([^"]+)"/.exec(line) ?? [];
  return `<script>
(function () {
  var chat = document.createElement("script");
  chat.src = ${JSON.stringify(src)};
  chat.dataset.site = ${JSON.stringify(site)};
  chat.async = true;
  document.head.appendChild(chat);
})();
</script>`;
}
