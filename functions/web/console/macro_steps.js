// @ts-check
import { texts } from "./macro_texts.js";
import { timesAhead } from "./times.js";
/** @import { Macro, Named } from "./macros.js" */

/** @param {Named} one */
const called = ({ id, name }) => name ?? `“${id}” (${texts.gone})`;

/** What a macro does beside its message, a line each. @param {Macro} macro */
export const stepsOf = ({ tags, assign, snooze, closes }) => [
  ...tags.map((one) => texts.tags(called(one))),
  ...(assign?.team ? [texts.team(called(assign.team))] : []),
  ...(assign?.assignee ? [texts.assigns(called(assign.assignee))] : []),
  ...(snooze ? [texts.snoozes(texts[snooze])] : []),
  ...(closes ? [texts.closes] : []),
];

/** Until when; null: until they write. What is over today is meant for tomorrow.
 * @param {NonNullable<Macro["snooze"]>} name
 */
function until(name) {
  if (name === "writes") return null;
  const times = timesAhead();
  const time =
    times.find((one) => one.name === name) ?? times.find((one) => one.name === "tomorrow");
  return time?.until.toISOString() ?? null;
}

/** The same, as the call has it. @param {Macro} macro */
export function bodyOf({ tags, assign, snooze, closes }) {
  const assignee = assign?.assignee?.id;
  const team = assign?.team?.id;
  const time = snooze && until(snooze);
  return {
    tags: tags.map(({ id }) => id),
    ...(assign && { assign: { ...(assignee && { assignee }), ...(team && { team }) } }),
    ...(snooze && { snooze: time ? { until: time } : {} }),
    ...(closes && { closes }),
  };
}
