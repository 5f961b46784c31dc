// @ts-check

/** The codes that filters have on the wire, in the order they are shown. */
export const FILTERS = /** @type {const} */ ([
  ...["open", "waiting", "mine", "unassigned", "assistant", "snoozed", "closed", "all"],
]);
/** @typedef {typeof FILTERS[number]} Filter */
