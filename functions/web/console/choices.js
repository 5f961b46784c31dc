// @ts-check
import { h } from "../view/dom.js";

/**
 * One of a few, chosen at once.
 * @param {string} legend
 * @param {string} name
 * @param {[value: string, label: string | HTMLElement][]} among
 * @param {string} chosen
 * @param {(value: string) => void} choose
 */
export function choices(legend, name, among, chosen, choose) {
  return h(
    "fieldset",
    { class: `choices ${name}` },
    h("legend", {}, legend),
    ...among.map(([value, label]) =>
      h(
        "label",
        {},
        h("input", {
          ...{ type: "radio", name, value, checked: value === chosen },
          onchange: () => choose(value),
        }),
        label,
      ),
    ),
  );
}
