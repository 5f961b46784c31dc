// @ts-check
import { h, say } from "../../view/dom.js";
import { lang } from "../texts.js";
import { line, lines, oneOf } from "./fields.js";
import { texts } from "./texts.js";
import { DAYS, lineOf } from "./week.js";
/** @import { Field, FieldOptions } from "./fields.js" */

/**
 * @callback Propose the public holidays of a country, and the regions that it has
 * @param {string} country
 * @param {string} region
 * @returns {Promise<{days: Record<string, {name: string}>, regions: string[]} | undefined>}
 */

const weekday = new Intl.DateTimeFormat(lang, { weekday: "long", timeZone: "UTC" });
/** The first of January 2024 was a Monday. @param {number} n */
const dayName = (n) => weekday.format(new Date(Date.UTC(2024, 0, 1 + n)));

/**
 * Who answers on a site, and when the team is there.
 * @param {(options: FieldOptions) => Field} add
 * @param {Propose} propose
 */
export function hours(add, propose) {
  const { fields, hints } = texts;
  const mode = add({
    ...{ name: "answering_mode", label: fields.answering_mode, hint: hints.answering_mode },
    control: oneOf(texts.modes, texts.byDefault(texts.modes.always)),
  });
  const kind = add({
    ...{ name: "hours.kind", label: fields["hours.kind"] },
    control: oneOf({ week: texts.week }, texts.alwaysOpen),
  });
  const days = DAYS.map((n) => {
    const control = line({ placeholder: texts.closedDay, dir: "ltr" });
    return add({ name: `hours.${n}`, label: dayName(n), control }).element;
  });
  const week = h("div", { class: "week" }, h("p", { class: "hint" }, hints.week), ...days);
  const show = () => {
    week.hidden = !kind.value;
  };
  for (const name of ["input", "shown"]) kind.control.addEventListener(name, show);
  show();
  const special = add({
    ...{ name: "special_days", label: fields.special_days, hint: hints.special_days },
    control: lines({ dir: "ltr", spellcheck: "false", rows: "6" }),
  });
  return [mode.element, kind.element, week, special.element, holidays(special, propose)];
}

/** Public holidays are written into the field, where somebody may change them. @param {Field} field @param {Propose} propose */
function holidays(field, propose) {
  const own = new Intl.Locale(navigator.language).maximize().region ?? "";
  const country = line({ id: "holidays-of", maxlength: "2", size: "3", value: own, dir: "ltr" });
  const region = line({ id: "region-of", maxlength: "40", size: "8", list: "regions", dir: "ltr" });
  const regions = h("datalist", { id: "regions" });
  const done = h("span", { class: "hint", role: "status" });
  const button = h("button", { type: "button", class: "quiet" }, texts.propose);
  button.onclick = async () => {
    const found = await propose(country.value.trim().toUpperCase(), region.value.trim());
    if (!found) return;
    regions.replaceChildren(...found.regions.map((value) => h("option", { value })));
    const written = field.value.split("\n").filter((one) => one.trim());
    const known = new Set(written.map((one) => one.trim().split(/\s/)[0]));
    const added = Object.entries(found.days).filter(([day]) => !known.has(day));
    const all = [...written, ...added.map(([day, { name }]) => lineOf(day, [], name))];
    field.control.value = all.sort().join("\n");
    field.control.dispatchEvent(new Event("input", { bubbles: true }));
    say(done, texts.proposed(added.length));
  };
  // They belong to no field of the site.
  for (const one of [country, region]) one.addEventListener("input", (e) => e.stopPropagation());
  return h(
    "div",
    { class: "beside" },
    ...[h("label", { for: "holidays-of" }, texts.country), country],
    ...[h("label", { for: "region-of" }, texts.region), region, regions, button, done],
  );
}
