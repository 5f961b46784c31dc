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

/** @param {Kind} kind */
const typed = (kind) =>
  new RegExp(
    `(?:^|\\s)(?:${kind === "tag" ? "#|" : ""}${kind}:)(?:"([^"]*)"|(\\S+))(?=\\s|$)`,
    "iu",
  );

/** What a search has of a kind. @param {string} query @param {Kind} kind */
function partOf(query, kind) {
  const found = typed(kind).exec(query);
  return found?.[1] ?? found?.[2] ?? "";
}

/** @param {string} query @param {Kind} kind @param {string} value empty: without it */
function withValue(query, kind, value) {
  const rest = query.replace(typed(kind), "").trim();
  const name = kind === "tag" ? "#" : `${kind}:`;
  return value ? `${rest} ${name}${/\s/.test(value) ? `"${value}"` : value}`.trim() : rest;
}

/**
 * What narrows a search, as fields. The typed search is what counts: they only change it.
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
  const fields = KINDS.filter((kind) => choices[kind]?.length !== 0).map((kind) =>
    field(kind, choices[kind], asked),
  );
  const clear = h("button", { type: "button", class: "quiet" }, texts.clear);
  clear.onclick = () => {
    let query = asked.query();
    for (const kind of KINDS) query = withValue(query, kind, "");
    asked.change(query);
    void narrow(context, bar, asked);
  };
  const save = h("button", { type: "button", class: "quiet" }, common.saveView);
  save.onclick = () => asked.save();
  bar.replaceChildren(...fields, clear, save);
  bar.querySelector("select")?.focus();
}

/**
 * @param {Kind} kind
 * @param {[string, string][] | undefined} choices
 * @param {AskedText} asked
 */
function field(kind, choices, asked) {
  const id = `narrow-${kind}`;
  const value = partOf(asked.query(), kind);
  const input = choices ? select(id, choices, value) : h("input", { id, type: "date", value });
  input.onchange = () => asked.change(withValue(asked.query(), kind, input.value));
  return h("div", {}, h("label", { for: id }, texts[kind]), input);
}

/** @param {string} id @param {[string, string][]} choices @param {string} value */
function select(id, choices, value) {
  const known = choices.some(([one]) => one === value) || !value ? [] : [[value, value]];
  const options = [["", texts.any], ...known, ...choices];
  const element = h(
    "select",
    { id },
    ...options.map(([one, label]) => h("option", { value: one }, label)),
  );
  element.value = value;
  return element;
}
