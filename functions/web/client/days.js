// @ts-check

const DAY = /(^|\s)(after|before):(\d{4}-\d\d-\d\d)(?=\s|$)/giu;

/** A search whose days begin here, and not in Greenwich. @param {string} query */
export const withTimes = (query) =>
  query.replace(DAY, (whole, space, name, day) => {
    const begin = new Date(`${day}T00:00`);
    return Number.isNaN(begin.getTime()) ? whole : `${space}${name}:${begin.toISOString()}`;
  });
