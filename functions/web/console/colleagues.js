// @ts-check
import { h } from "../view/dom.js";
import { avatar } from "./avatar.js";
import { texts } from "./texts.js";
/** @import { Viewer } from "../client/viewers.js" */

const FACES = 3;

/** Who writes, as a sentence; empty: nobody. @param {Viewer[]} viewers */
export function writing(viewers) {
  return viewers.flatMap(({ name, typing }) => (typing ? [texts.writes(name)] : [])).join(" ");
}

/** Show who looks. @param {HTMLElement} element @param {Viewer[]} viewers */
export function showViewers(element, viewers) {
  const key = viewers.length > 0 ? JSON.stringify(viewers) : "";
  if ((element.dataset.of ?? "") === key) return;
  element.dataset.of = key;
  element.hidden = viewers.length === 0;
  const faces = viewers.slice(0, FACES).map(({ id, name, typing }) => {
    const title = typing ? texts.writes(name) : texts.looksAt(name);
    const mark = typing ? "viewer writes" : "viewer";
    return h("span", { class: mark, title }, avatar({ kind: "manager", id, name }));
  });
  const more = viewers.length - FACES;
  const said = viewers.map(({ name, typing }) =>
    typing ? texts.writes(name) : texts.looksAt(name),
  );
  element.replaceChildren(
    ...faces,
    more > 0 ? `+${more}` : "",
    h("span", { class: "spoken" }, said.map((one) => ` ${one}`).join(",")),
  );
}
