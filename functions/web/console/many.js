// @ts-check
import { h, say } from "../view/dom.js";
import { attempt } from "./failing.js";
import { PRIORITIES, priorityName } from "./panels/priority.js";
import { own } from "./texts.js";
import { timesAhead } from "./times.js";
/** @import { Context } from "./context.js" */
/** @import { Selection } from "./selection.js" */
/** @import { Result } from "./undo.js" */

const texts = own({
  en: {
    label: "What is done to the selected chats",
    selected: (/** @type {number} */ n) => `${n} selected`,
    ...{
      close: "Close",
      reopen: "Reopen",
      snooze: "Snooze…",
      priority: "Priority…",
      back: "Bring back",
    },
    ...{ hour: "In an hour", evening: "This evening", tomorrow: "Tomorrow", monday: "Monday" },
    ...{ writes: "Until they write", assign: "Assign…", nobody: "Nobody", team: "Team" },
    ...{ tag: "Tag", add: "Add the tag", remove: "Take the tag away" },
    ...{ all: "Select all", none: "Select none" },
    done: (/** @type {number} */ n) => (n === 1 ? "1 chat changed." : `${n} chats changed.`),
    closed: (/** @type {number} */ n) => (n === 1 ? "1 chat closed." : `${n} chats closed.`),
    refused: (/** @type {number} */ n, /** @type {string} */ why) => `Not ${n}: ${why}`,
  },
  de: {
    label: "Was mit den ausgewählten Chats geschieht",
    selected: (/** @type {number} */ n) => `${n} ausgewählt`,
    ...{
      close: "Schließen",
      reopen: "Wieder öffnen",
      snooze: "Zurückstellen…",
      priority: "Dringlichkeit…",
    },
    ...{ back: "Zurückholen", hour: "In einer Stunde", evening: "Heute Abend" },
    ...{ tomorrow: "Morgen", monday: "Montag", writes: "Bis wieder geschrieben wird" },
    ...{ assign: "Zuweisen…", nobody: "Niemand", team: "Team", tag: "Schlagwort" },
    ...{ add: "Schlagwort geben", remove: "Schlagwort wegnehmen" },
    ...{ all: "Alle", none: "Keine" },
    done: (/** @type {number} */ n) => (n === 1 ? "1 Chat geändert." : `${n} Chats geändert.`),
    closed: (/** @type {number} */ n) =>
      n === 1 ? "1 Chat geschlossen." : `${n} Chats geschlossen.`,
    refused: (/** @type {number} */ n, /** @type {string} */ why) => `${n} nicht: ${why}`,
  },
});

/** The line above the list, while chats are selected. */
export class Many {
  #context;
  #selection;
  #count = h("strong", { role: "status" });
  #said = h("p", { class: "hint", role: "status" });
  #tag = h("input", { "aria-label": texts.tag, placeholder: texts.tag, maxlength: "41" });

  /** @param {Context} context @param {Selection} selection */
  constructor(context, selection) {
    this.#context = context;
    this.#selection = selection;
    const acts = h(
      "div",
      { class: "acts", role: "group", "aria-label": texts.label },
      this.#button(texts.close, () => this.run({ act: "close" })),
      this.#button(texts.reopen, () => this.run({ act: "reopen" })),
      this.#snoozing(),
      this.#prioritizing(),
      this.#assigning(),
      this.#tagging(),
    );
    const top = h(
      "div",
      { class: "acts" },
      this.#count,
      this.#button(texts.all, () => selection.all()),
      this.#button(texts.none, () => selection.keep()),
    );
    this.elements = [top, acts, this.#said];
  }

  draw() {
    say(this.#count, texts.selected(this.#selection.ids.size));
  }

  /** Do this to all that are selected. What is refused stays selected. @param {Record<string, unknown>} act */
  async run(act) {
    const { undo } = this.#context;
    const closes = act.act === "close";
    const ids = [...this.#selection.ids];
    const results = await undo.change(ids, act, (made) => told(made, closes));
    const refused = results.filter(({ result }) => result === "refused");
    say(this.#said, refused.length > 0 ? told(results, closes) : "");
    // Others may have been selected meanwhile.
    const done = results.filter(({ result }) => result !== "refused");
    this.#selection.drop(done.map(({ chat_id }) => chat_id));
  }

  /** @param {string} title @param {() => void} onclick */
  #button(title, onclick) {
    return h("button", { type: "button", class: "quiet", onclick }, title);
  }

  #snoozing() {
    const { select, fill } = this.#menu(texts.snooze, (value) => {
      if (value === "back") return this.run({ act: "unsnooze" });
      return this.run({ act: "snooze", ...(value === "writes" ? {} : { until: value }) });
    });
    select.onfocus = () =>
      fill([
        ...timesAhead().map(({ name, until }) => [until.toISOString(), texts[name]]),
        ["writes", texts.writes],
        ["back", texts.back],
      ]);
    return select;
  }

  #prioritizing() {
    const { select, fill } = this.#menu(texts.priority, (priority) =>
      this.run({ act: "prioritize", priority }),
    );
    fill(PRIORITIES.map((one) => [one, priorityName(one)]));
    return select;
  }

  #assigning() {
    const { me } = this.#context;
    const { select, fill } = this.#menu(texts.assign, (value) => {
      const [kind = "", ...id] = value.split(" ");
      return this.run({ act: "assign", [kind]: id.join(" ") || null });
    });
    const first = [
      ["assignee ", texts.nobody],
      [`assignee ${me.id}`, me.name],
    ];
    fill(first);
    select.onfocus = async () => {
      const call = () => this.#context.client.call("manager/teams");
      const { people = [], teams = [] } = (await attempt(this.#context, call)) ?? {};
      /** @typedef {{id: string, name: string}} Named */
      const others = people.filter((/** @type {Named} */ { id }) => id !== me.id);
      fill([
        ...first,
        ...others.map((/** @type {Named} */ { id, name }) => [`assignee ${id}`, name]),
        ...teams.map((/** @type {Named} */ { id, name }) => [
          `team ${id}`,
          `${texts.team}: ${name}`,
        ]),
      ]);
    };
    return select;
  }

  /** A list of what can be chosen, as one button. @param {string} title @param {(value: string) => void} choose */
  #menu(title, choose) {
    const none = () => h("option", { value: "-" }, title);
    const select = h("select", { "aria-label": title }, none());
    select.onchange = () => {
      const { value } = select;
      select.value = "-";
      choose(value);
    };
    const fill = (/** @type {string[][]} */ all) => {
      select.replaceChildren(
        none(),
        ...all.map(([value = "", name = ""]) => h("option", { value }, name)),
      );
    };
    return { select, fill };
  }

  #tagging() {
    const form = h(
      "form",
      { class: "tagging" },
      this.#tag,
      h("button", { class: "quiet", "aria-label": texts.add, title: texts.add }, "+"),
    );
    const remove = this.#button("−", () => this.#tags("remove"));
    remove.setAttribute("aria-label", texts.remove);
    remove.title = texts.remove;
    form.append(remove);
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#tags("add");
    };
    return form;
  }

  /** @param {"add" | "remove"} how */
  #tags(how) {
    const name = this.#tag.value.trim();
    this.#tag.value = "";
    if (name) void this.run({ act: "tag", [how]: [name] });
  }
}

/** What became of many chats. @param {Result[]} results @param {boolean} closes */
function told(results, closes) {
  /** @type {Map<string, number>} */
  const why = new Map();
  for (const { message } of results) if (message) why.set(message, (why.get(message) ?? 0) + 1);
  const done = results.filter(({ result }) => result === "done").length;
  return [
    (closes ? texts.closed : texts.done)(done),
    ...[...why].map(([message, n]) => texts.refused(n, message)),
  ].join(" ");
}
