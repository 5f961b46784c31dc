// @ts-check
import { h } from "../view/dom.js";
import { attempt } from "./failing.js";
import { PRIORITIES, priorityName } from "./panels/priority.js";
import { texts as common, own } from "./texts.js";
/** @import { Context } from "./context.js" */
/** @import { AskedText } from "./finder.js" */

const texts = own({
  en: {
    ...{
      from: "Person",
      tag: "Tag",
      team: "Team",
      site: "Website",
      in: "Words stand in",
      priority: "Priority",
    },
    ...{ after: "Since", before: "Before", any: "Any", me: "Myself", clear: "Clear filters" },
    ...{ messages: "Messages", notes: "Notes" },
  },
  de: {
    ...{
      from: "Person",
      tag: "Schlagwort",
      team: "Team",
      site: "Website",
      in: "Wörter stehen in",
      priority: "Dringlichkeit",
    },
    ...{ after: "Seit", before: "Vor", any: "Alle", me: "Ich", clear: "Filter entfernen" },
    ...{ messages: "Nachrichten", notes: "Notizen" },
  },
});
const KINDS = /** @type {const} */ ([
  "from",
  "tag",
  "team",
  "site",
  "priority",
  "in",
  "after",
  "before",
]);
/** @typedef {typeof KINDS[number]} Kind */

/** @param {Kind} kind @param {string} [flags] */
const typed = (kind, flags = "iu") =>
  new RegExp(
    `(?:^|\\s)(?:${kind === "tag" ? "#|" : ""}${kind}:)(?:"([^"]*)"|(\\S+))(?=\\s|$)`,
    flags,
  );

/** What a search has of a kind. @param {string} query @param {Kind} kind */
function partOf(query, kind) {
  const found = typed(kind).exec(query);
  return found?.[1] ?? found?.[2] ?? "";
}

/** @param {string} query @param {Kind} kind @param {string} value empty: without any of its kind */
function withValue(query, kind, value) {
  const rest = query.replace(typed(kind, value ? "iu" : "giu"), "").trim();
  const name = kind === "tag" ? "#" : `${kind}:`;
  return value ? `${rest} ${name}${/\s/.test(value) ? `"${value}"` : value}`.trim() : rest;
}

/**
 * What narrows a search, as fields. The typed search is what counts: they only change it. Gives what
 * lets them show the search as it is now.
 * @param {Context} context
 * @param {HTMLElement} bar
 * @param {AskedText} asked
 */
export async function narrow(context, bar, asked) {
  const { client } = context;
  const found = await attempt(context, () =>
    Promise.all([client.call("manager/tags"), client.call("manager/teams")]),
  );
  if (!found || bar.hidden) return;
  const [{ tags }, { teams, people }] = found;
  /** @param {{name: string}[]} all @returns {[string, string][]} */
  const names = (all) => [...new Set(all.map(({ name }) => name))].map((name) => [name, name]);
  /** @type {Record<string, [string, string][]>} */
  const choices = {
    from: [["me", texts.me], ...names(people)],
    tag: names(tags),
    team: names(teams),
    site: [...new Set(tags.concat(teams).map((/** @type {{site: string}} */ one) => one.site))].map(
      (site) => [site, site],
    ),
    priority: PRIORITIES.filter((one) => one !== "normal").map((one) => [one, priorityName(one)]),
    in: ["messages", "notes"].map((one) => [one, texts[/** @type {"notes"} */ (one)]]),
  };
  const kinds = KINDS.filter((kind) => choices[kind]?.length !== 0);
  const inputs = kinds.map((kind) => input(kind, choices[kind], asked));
  const fields = kinds.map((kind, n) =>
    h("div", {}, h("label", { for: `narrow-${kind}` }, texts[kind]), inputs[n]),
  );
  const show = () => {
    for (const [n, kind] of kinds.entries()) put(inputs[n], partOf(asked.query(), kind));
  };
  show();
  const clear = h("button", { type: "button", class: "quiet" }, texts.clear);
  clear.onclick = () => {
    let query = asked.query();
    for (const kind of KINDS) query = withValue(query, kind, "");
    asked.change(query);
    show();
    bar.querySelector("select")?.focus();
  };
  const save = h("button", { type: "button", class: "quiet" }, common.saveView);
  save.onclick = () => asked.save();
  bar.replaceChildren(...fields, clear, save);
  bar.querySelector("select")?.focus();
  return show;
}

/**
 * @param {Kind} kind
 * @param {[string, string][] | undefined} choices
 * @param {AskedText} asked
 */
function input(kind, choices, asked) {
  const id = `narrow-${kind}`;
  const options = [["", texts.any], ...(choices ?? [])].map(([value, label]) =>
    h("option", { value }, label),
  );
  const made = choices ? h("select", { id }, ...options) : h("input", { id, type: "date" });
  made.onchange = () => asked.change(withValue(asked.query(), kind, made.value));
  return made;
}

/** Also what nobody offers. @param {HTMLSelectElement | HTMLInputElement} field @param {string} value */
function put(field, value) {
  if (field.value === value) return;
  if (field instanceof HTMLSelectElement) {
    field.querySelector("[data-typed]")?.remove();
    if (![...field.options].some((one) => one.value === value))
      field.options[0]?.after(h("option", { value, "data-typed": "" }, value));
  }
  field.value = value;
}
