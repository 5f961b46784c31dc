// @ts-check

/**
 * A value as JSON, whatever `toJSON` the page around has given to its arrays and objects.
 * @param {unknown} value
 */
export function encode(value) {
  return JSON.stringify(value, original);
}

/**
 * The part itself, and not what a `toJSON` made of it.
 * @this {any}
 * @param {string} key
 */
function original(key) {
  return this[key];
}
