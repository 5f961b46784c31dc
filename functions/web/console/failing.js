// @ts-check
import { texts } from "./texts.js";
/** @import { Context } from "./context.js" */

/**
 * What a call gives; if it fails, the page says why, and this gives nothing.
 * @template T
 * @param {Pick<Context, "failed">} context
 * @param {() => Promise<T>} run
 */
export async function attempt({ failed }, run) {
  try {
    return await run();
  } catch (error) {
    failed(error instanceof Error && error.message ? error.message : texts.unreachable);
    return;
  }
}
