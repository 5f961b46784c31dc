// @ts-check
import { texts } from "../macro_texts.js";
import { macrosOf } from "../macros.js";
/** @import { Panel } from "../panels.js" */

/** Several steps in a chat as one. `reply.js` offers them behind `/`, too. @type {Panel} */
export const macros = {
  order: 17,
  commands(context) {
    const runs = macrosOf(context);
    return [
      {
        ...{ title: texts.runOne, keys: "Alt+M", run: () => void runs.open() },
        possible: () => Boolean(runs.shown),
      },
    ];
  },
};
