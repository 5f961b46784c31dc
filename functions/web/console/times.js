// @ts-check

const HOUR = 3_600_000;
const [MORNING, EVENING] = [9, 18];

/**
 * When something that is put off may come back, by the reader's own clock. A day is a date and a
 * time of it, so that a change of the clock moves nothing.
 * @param {Date} [now]
 * @returns {{name: "hour" | "evening" | "tomorrow" | "monday", until: Date}[]}
 */
export function timesAhead(now = new Date()) {
  const at = (/** @type {number} */ days, /** @type {number} */ hour) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const monday = (8 - now.getDay()) % 7 || 7;
  return [
    { name: "hour", until: new Date(now.getTime() + HOUR) },
    ...(now < at(0, EVENING)
      ? [{ name: /** @type {const} */ ("evening"), until: at(0, EVENING) }]
      : []),
    { name: "tomorrow", until: at(1, MORNING) },
    ...(monday > 1 ? [{ name: /** @type {const} */ ("monday"), until: at(monday, MORNING) }] : []),
  ];
}

/** A time as a field for it wants it, by the reader's clock. @param {Date} time */
export function forField(time) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${date}T${two(time.getHours())}:${two(time.getMinutes())}`;
}
