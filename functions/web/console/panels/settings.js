// @ts-check
import { later } from "../later.js";
import { texts } from "../texts.js";
/** @import { Panel } from "../panels.js" */

const SETTINGS = "settings";

/** How the installation works, for admins. @type {Panel} */
export const settings = {
  order: 20,
  room: {
    ...{ name: SETTINGS, icon: "settings", title: texts.settings, admin: true },
    make: (context) =>
      later(context, "settings.js", { class: "page settings", title: texts.settings }),
  },
  commands: ({ me, go }) => {
    const run = () => go({ room: SETTINGS, rest: "sites" });
    return me.role === "admin" ? [{ title: texts.settings, keys: "G S", run }] : [];
  },
};
