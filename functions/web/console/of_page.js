// @ts-check
/** @import { ManagerClient } from "../client/manager.js" */
/** @import { Context } from "./context.js" */

/**
 * Gives all panels of one page the same thing, made when the first of them asks.
 * @template {object} T
 * @param {(context: Context) => T} make
 * @returns {(context: Context) => T}
 */
export function ofPage(make) {
  /** @type {WeakMap<ManagerClient, T>} */
  const known = new WeakMap();
  return (context) => {
    const found = known.get(context.client) ?? make(context);
    known.set(context.client, found);
    return found;
  };
}
