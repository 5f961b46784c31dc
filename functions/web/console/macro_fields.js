// @ts-check
import { h } from "../view/dom.js";

/** @param {string} value @param {string} label */
export const option = (value, label) => h("option", { value }, label);

/** Offer these; what was chosen stays, if it is among them.
 * @param {HTMLSelectElement} select @param {HTMLElement[]} options
 */
export function choose(select, options) {
  const { value } = select;
  select.replaceChildren(...options);
  if (value) select.value = value;
  if (select.selectedIndex < 0 && options.length > 0) select.selectedIndex = 0;
}

/** @param {{id: string, name: string}[]} sites @param {string} id */
export const siteName = (sites, id) => sites.find((one) => one.id === id)?.name ?? id;

/** @param {string} label @param {HTMLElement} field */
export const labelled = (label, field) => [h("label", { for: field.id }, label), field];
