// @ts-check

const FILTER = /(^|\s)(?:tag|from|team|site|priority|in|after|before):(?:"[^"]*"|\S+)(?=\s|$)/giu;

/** The words of a search, without what narrows it. @param {string} query */
export const wordsOf = (query) => query.replace(FILTER, "$1").match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
