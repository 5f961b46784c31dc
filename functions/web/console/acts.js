// @ts-check
import { FILTERS } from "./filters.js";
import { texts } from "./texts.js";
/** @import { Context } from "./context.js" */
/** @import { InboxRoom } from "./inbox_room.js" */
/** @import { Command } from "./commands.js" */

/** @type {Record<string, string>} */
const VIEW_KEYS = {
  ...{ open: "G O", waiting: "G W", mine: "G M", unassigned: "G U", assistant: "G I" },
  ...{ snoozed: "G Z", closed: "G C", all: "G A" },
};

/**
 * What one can do with the chat that is open.
 * @param {InboxRoom} room
 * @returns {Command[]}
 */
const onChat = (room) => [
  {
    ...{ title: texts.closeSelected, keys: "Alt+X" },
    ...{
      run: () => void room.many.run({ act: "close" }),
      possible: () => room.many.selects && !room.element.hidden,
    },
  },
  {
    ...{ title: texts.takeOver, keys: "Alt+T", run: () => room.conversation?.takeOver() },
    possible: () => room.conversation?.isOwn === false,
  },
  {
    ...{ title: texts.handBack, keys: "Alt+H", run: () => room.conversation?.handBack() },
    possible: () => room.conversation?.isOwn === true,
  },
  {
    ...{ title: texts.stop, keys: "Alt+S", run: () => room.conversation?.stop() },
    possible: () => room.conversation?.isPending === true,
  },
  {
    ...{ title: texts.closeChat, keys: "Alt+X", run: () => room.conversation?.close() },
    possible: () => room.conversation?.isOpen === true,
  },
  {
    ...{ title: texts.reopenChat, keys: "Alt+X", run: () => room.conversation?.close() },
    possible: () => room.conversation?.isOpen === false,
  },
  {
    ...{ title: texts.details, keys: "Alt+I", run: () => room.details() },
    possible: () => room.conversation !== null,
  },
  {
    ...{ title: texts.writeIt, keys: "Alt+R", run: () => room.skip() },
    possible: () => room.conversation !== null,
  },
];

/**
 * What one can do with the inbox.
 * @param {Context} context
 * @param {InboxRoom} room
 * @returns {Command[]}
 */
export function inboxCommands({ enter, undo }, room) {
  const go = (/** @type {() => void} */ then) => () => {
    enter("inbox");
    then();
  };
  return [
    ...onChat(room),
    { title: texts.chatBefore, keys: "Alt+Up", run: go(() => room.step(-1)) },
    { title: texts.chatAfter, keys: "Alt+Down", run: go(() => room.step(1)) },
    {
      ...{ title: texts.openLongest, keys: "Alt+N", run: go(() => room.longest()) },
      possible: () => room.mine.count > 0,
    },
    {
      ...{ title: texts.select, keys: "X", run: () => room.many.pick() },
      possible: () => !room.element.hidden,
    },
    {
      ...{ title: texts.selectAll, keys: "Mod+A", run: () => room.selection.all() },
      possible: () => room.many.lists,
    },
    ...["Z", "Mod+Z"].map((keys) => ({
      ...{ title: texts.undo, keys, run: () => void undo.back() },
      possible: () => undo.possible,
    })),
    { title: texts.search, keys: "/", run: go(() => room.finder.focus()) },
    { title: texts.searchWith, keys: "F", run: go(() => room.finder.filters()) },
    { title: texts.saveView, run: go(() => void room.views.save()) },
    {
      ...{ title: texts.savedViews, keys: "G V", run: go(() => room.views.focus()) },
      possible: () => room.views.any,
    },
    ...FILTERS.map((view) => ({
      ...{ title: texts.viewOf(texts.filters[view]), keys: VIEW_KEYS[view] },
      run: () => void room.goTo(view),
    })),
  ];
}
