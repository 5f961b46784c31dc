// @ts-check
import { h, say } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { isQuiet } from "../rules.js";
import { own } from "../texts.js";
/** @import { Context } from "../context.js" */
/** @import { Panel } from "../panels.js" */
/** @import { Group, Way } from "../rules.js" */

const texts = own({
  en: {
    ...{ title: "When you are told", of: "A chat waits that is …" },
    ways: { sound: "Sound", desktop: "Notice of an open page", push: "Notice of a device" },
    groups: { mine: "mine", sites: "a colleague's", unassigned: "nobody's yet" },
    ...{ quiet: "Do not disturb", now: "Now", until: "Until", hour: "For an hour" },
    ...{ night: "Until 8:00", daily: "Each day", from: "from", to: "to", end: "Disturb me again" },
    hint: "It holds on all your devices. The last step of a site's escalation reaches you all the same.",
    quietUntil: (/** @type {string} */ when) => `You are not disturbed until ${when}.`,
    quietNow: "You are not disturbed now.",
  },
  de: {
    ...{ title: "Wann Sie es erfahren", of: "Es wartet ein Chat, der …" },
    ways: { sound: "Ton", desktop: "Hinweis der offenen Seite", push: "Hinweis eines Geräts" },
    groups: { mine: "mir gehört", sites: "Kollegen gehört", unassigned: "niemandem gehört" },
    ...{ quiet: "Nicht stören", now: "Jetzt", until: "Bis", hour: "Eine Stunde lang" },
    ...{ night: "Bis 8:00", daily: "Jeden Tag", from: "von", to: "bis", end: "Wieder stören" },
    hint: "Es gilt auf allen Ihren Geräten. Die letzte Stufe der Eskalation einer Website erreicht Sie trotzdem.",
    quietUntil: (/** @type {string} */ when) => `Sie werden bis ${when} nicht gestört.`,
    quietNow: "Sie werden jetzt nicht gestört.",
  },
});
const WAYS = /** @type {const} */ (["sound", "desktop", "push"]);
const GROUPS = /** @type {const} */ (["mine", "sites", "unassigned"]);
const HOUR = 3_600_000;
const MORNING = 8;

/** Of what one is told and how, and when not. @type {Panel} */
export const rules = {
  order: 22,
  account(context) {
    const { rules: kept } = context.alerts;
    /** @param {Parameters<typeof kept.set>[0]} changes */
    const set = (changes) => attempt(context, () => kept.set(changes));
    const ways = WAYS.map((way) => groupsOf(context, way, set));
    const quiet = quietPart(context, set);
    const draw = () => {
      for (const one of ways) one.draw();
      quiet.draw();
    };
    kept.watch(draw);
    draw();
    const element = h(
      "div",
      {},
      h("p", { class: "hint" }, texts.hint),
      ...ways.map((one) => one.element),
      quiet.element,
    );
    return { title: texts.title, element, moved: () => void kept.load() };
  },
};

/** @typedef {(changes: Partial<import("../../client/types.js").NoticeRules>) => unknown} Set */

/** @param {Context} context @param {Way} way @param {Set} set */
function groupsOf({ alerts }, way, set) {
  const boxes = GROUPS.map((/** @type {Group} */ group) => {
    const box = h("input", { type: "checkbox", value: group });
    box.onchange = () => {
      const others = alerts.rules.now[way].filter((one) => one !== group);
      void set({ [way]: box.checked ? [...others, group] : others });
    };
    return box;
  });
  const labels = boxes.map((box, n) => h("label", {}, box, texts.groups[GROUPS[n] ?? "mine"]));
  const about = h("span", { class: "spoken" }, `. ${texts.of}`);
  return {
    element: h(
      "fieldset",
      { class: "choices" },
      h("legend", {}, texts.ways[way], about),
      ...labels,
    ),
    draw() {
      for (const [n, box] of boxes.entries()) {
        box.checked = alerts.rules.now[way].includes(GROUPS[n] ?? "mine");
      }
    },
  };
}

/** @param {Context} context @param {Set} set */
function quietPart({ alerts, format }, set) {
  const button = (/** @type {string} */ label, /** @type {() => unknown} */ onclick) =>
    h("button", { type: "button", class: "quiet", onclick }, label);
  const until = (/** @type {number} */ at) => set({ quiet_until: new Date(at).toISOString() });
  const said = h("p", { role: "status" });
  const end = button(texts.end, () => set({ quiet_until: undefined }));
  const from = h("input", { type: "time", "aria-label": `${texts.daily} ${texts.from}` });
  const to = h("input", { type: "time", "aria-label": `${texts.daily} ${texts.to}` });
  for (const one of [from, to]) one.onchange = () => daily(from.value, to.value, set);
  const element = h(
    "fieldset",
    { class: "choices" },
    h("legend", {}, texts.quiet),
    said,
    h(
      "div",
      { class: "beside" },
      button(texts.hour, () => until(Date.now() + HOUR)),
      button(texts.night, () => until(morning())),
      end,
    ),
    h("label", {}, `${texts.daily} ${texts.from} `, from, ` ${texts.to} `, to),
  );
  const draw = () => {
    const { now } = alerts.rules;
    const still = now.quiet_until && Date.parse(now.quiet_until) > Date.now();
    const quiet = isQuiet(now, new Date()) ? texts.quietNow : "";
    say(said, still ? texts.quietUntil(format.full(String(now.quiet_until))) : quiet);
    end.hidden = !still;
    from.value = now.quiet_from ?? "";
    to.value = now.quiet_to ?? "";
  };
  return { element, draw };
}

/** Both times, or none. @param {string} from @param {string} to @param {Set} set */
function daily(from, to, set) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (from && to) return set({ quiet_from: from, quiet_to: to, time_zone: timeZone });
  if (from || to) return;
  return set({ quiet_from: undefined, quiet_to: undefined, time_zone: undefined });
}

/** The next time that it is eight here. */
function morning() {
  const at = new Date();
  if (at.getHours() >= MORNING) at.setDate(at.getDate() + 1);
  return at.setHours(MORNING, 0, 0, 0);
}
