// @ts-check
import { h, icon } from "../view/dom.js";
import { texts } from "./texts.js";

/** The mark beside a name that the website vouches for. Whoever only says a name has none. */
export function verifiedMark() {
  return h(
    "span",
    { class: "verified", title: texts.verified, role: "img", "aria-label": texts.verified },
    icon("check"),
  );
}
