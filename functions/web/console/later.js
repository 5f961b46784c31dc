// @ts-check
import { h } from "../view/dom.js";
import { attempt } from "./failing.js";
import { texts } from "./texts.js";
/** @import { Context } from "./context.js" */
/** @import { Room } from "./panels.js" */
/** @import { Place } from "./route.js" */

// The page is of this one, and stays open when the server gets another.
const VERSION = "/v/dev/";

/**
 * A room whose script is loaded when somebody first goes there. The script exports
 * `makeRoom(context, element)`.
 * @param {Context} context
 * @param {string} script beside the console's own
 * @param {{class: string, title: string}} page
 * @returns {Room}
 */
export function later(context, script, { class: name, title }) {
  const main = { class: name, hidden: true, tabindex: "-1", "aria-label": title };
  const element = h("main", main);
  /** @type {Room | undefined} */
  let room;
  /** @type {Place | undefined} */
  let wanted;
  /** @param {Place} place */
  async function moved(place) {
    wanted = place;
    const loaded = room ? undefined : await attempt(context, () => load(script));
    if (loaded) room ??= loaded.makeRoom(context, element);
    // Whoever has left meanwhile comes back some day.
    if (wanted === place && !element.hidden) room?.moved?.(place);
  }
  return {
    element,
    moved: (place) => void moved(place),
    draw: () => room?.draw?.(),
    holds: (goOn) => room?.holds?.(goOn) ?? false,
  };
}

/**
 * What the first module of a script exports.
 * @param {string} script
 * @returns {Promise<any>}
 */
export async function load(script) {
  // From `/v/<version>/console/`, where the whole console is one file.
  const [{ modules }, { version, begin }] = await Promise.all(
    ["app.js", script].map((name) =>
      import(new URL(name, import.meta.url).href).catch(() => {
        throw new Error(texts.unreachable);
      }),
    ),
  );
  if (version !== VERSION) throw new Error(texts.outdated);
  return begin(modules);
}
