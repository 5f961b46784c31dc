// @ts-check
import { CannedRoom } from "../canned_room.js";
import { texts } from "../canned_texts.js";
/** @import { Panel } from "../panels.js" */

// `/manager/canned` is a call.
const REPLIES = "replies";

/** What the team writes often: `/` in a reply, and a place to keep it. @type {Panel} */
export const canned = {
  order: 16,
  room: {
    ...{ name: REPLIES, icon: "copy", title: texts.title },
    make: (context) => new CannedRoom(context),
  },
  commands: ({ go }) => [{ title: texts.replies, keys: "G R", run: () => go({ room: REPLIES }) }],
};
