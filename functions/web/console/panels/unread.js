// @ts-check
import { attempt } from "../failing.js";
import { own } from "../texts.js";
/** @import { Panel } from "../panels.js" */

const texts = own({ en: { mark: "Mark as unread" }, de: { mark: "Als ungelesen markieren" } });

/** A chat is to be read again later, by whoever says so. @type {Panel} */
export const unread = {
  order: 18,
  commands: (context) => [
    {
      ...{ title: texts.mark, keys: "Alt+U" },
      possible: () => context.route.place.chat !== "",
      async run() {
        const { chat } = context.route.place;
        // The mark itself comes as a frame, as on all other devices.
        await attempt(context, () => context.client.unread(chat));
      },
    },
  ],
};
