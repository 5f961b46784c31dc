// @ts-check
import { ManagerClient } from "../client/manager.js";
import { perFrame } from "../view/dom.js";
import { Format } from "../view/format.js";
import { later } from "../view/later.js";
import { AccountRoom } from "./account_room.js";
import { inboxCommands } from "./acts.js";
import { Alerts } from "./alerts.js";
import { Banner } from "./banner.js";
import { Broadcast } from "./broadcast.js";
import { Commands } from "./commands.js";
import { Drafts } from "./drafts.js";
import { refuseFiles } from "./files.js";
import { helpDialog } from "./help.js";
import { InboxRoom } from "./inbox_room.js";
import { listen } from "./keys.js";
import { layout } from "./layout.js";
import { Palette } from "./palette.js";
import { PANELS } from "./panels.js";
import { Preferences } from "./preferences.js";
import { ACCOUNT, Rail } from "./rail.js";
import { Rooms } from "./rooms.js";
import { INBOX, Route, rootOf } from "./route.js";
import { SignOut } from "./sign_out.js";
import { lang, texts } from "./texts.js";
import { Toast } from "./toast.js";
import { Undo } from "./undo.js";
/** @import { ChatSummary, ManagerFrame, Me } from "../client/types.js" */
/** @import { Ahead } from "./ahead.js" */
/** @import { Context } from "./context.js" */
/** @import { Room } from "./panels.js" */
/** @import { Entry } from "./rail.js" */
/** @import { Place } from "./route.js" */

const TICK = 15_000;
/** @type {Entry} */
const CHATS = { name: INBOX, icon: "chat", title: texts.inbox };

/** The whole console: who is connected, what is wrong, and the room that is shown. */
export class Console {
  #me;
  #client;
  #route;
  #inbox;
  #rooms;
  #rail;
  #signOut;
  #broadcast;
  #palette;
  #alerts;
  #commands = new Commands();
  #help = helpDialog(this.#commands);
  #toast = new Toast();
  #draw = perFrame(() => this.#drawNow());
  #banner = new Banner(this.#draw);
  /** @type {Map<string, ((frame: ManagerFrame) => void)[]>} */
  #hearing = new Map();

  /**
   * @param {string} base
   * @param {Me} me
   * @param {Ahead | null} [ahead] what was asked for already
   */
  constructor(base, me, ahead = null) {
    this.#me = me;
    this.#client = this.#connect(base);
    const entries = [CHATS, ...roomsOf(me)];
    const names = [...entries.map((one) => one.name), ACCOUNT];
    this.#route = new Route(rootOf(base), names, (place) => this.#moved(place));
    this.#alerts = new Alerts(this.#client, me.id, (id) => this.#inbox.choose(id));
    const context = this.#context(ahead);
    this.#inbox = new InboxRoom(context);
    this.#rooms = makeRooms(context, this.#inbox);
    const unsent = PANELS.flatMap((one) => one.unsent?.(context) ?? []);
    this.#signOut = new SignOut(context, [this.#client.outboxes, ...unsent]);
    const draft = context.drafts.of(" broadcast");
    this.#broadcast = new Broadcast(this.#client, context.format, draft);
    this.#palette = new Palette(context, () => [...this.#inbox.inbox.chats.values()]);
    this.#rail = new Rail(context, entries, {
      broadcast: () => this.#broadcast.open(),
      help: () => this.#help.show(),
      palette: () => this.#palette.open(),
    });
    this.#teach(context);
    this.element = this.#build();
    this.#begin(context);
  }

  /** Draw the first chats, as soon as they are there. */
  async listed() {
    await this.#inbox.loaded;
    this.#drawNow();
  }

  /** It stands in the page now: only there the keyboard can go to a chat that is open already. */
  placed() {
    if (this.#inbox.conversation && this.#route.place.room === INBOX) this.#inbox.skip();
  }

  /** @param {Context} context */
  #begin({ failed, on }) {
    listen(this.#commands, () => this.#inbox.focusList());
    document.addEventListener("visibilitychange", this.#draw);
    setInterval(this.#draw, TICK);
    refuseFiles(() => failed(texts.noFiles));
    this.#moved(this.#route.place);
    // The chats come first. What happens before there is a socket is asked for then.
    later(this.#inbox.loaded, () => {
      this.#client.socket.start();
      this.#inbox.begin();
      this.#alerts.begin(on);
    });
  }

  /** @param {Ahead | null} ahead @returns {Context} */
  #context(ahead) {
    /** @type {Context} */
    const context = {
      ahead,
      ...{ client: this.#client, me: this.#me, route: this.#route, alerts: this.#alerts },
      ...{ toast: this.#toast, commands: this.#commands, changed: this.#draw },
      format: new Format(lang),
      drafts: new Drafts(this.#client.owner),
      preferences: new Preferences(this.#client.owner),
      presence: () => this.#inbox.inbox.presence,
      go: (place) => {
        if (this.#rooms.shown?.holds?.(() => context.go(place))) return;
        this.#route.went(place.room === INBOX ? { ...this.#inbox.place, ...place } : place);
        this.#moved(this.#route.place);
        this.#focus(this.#route.place.room);
      },
      enter: (room) => this.#show(room),
      choose: (id) => this.#inbox.choose(id),
      details: () => this.#inbox.details(),
      moveOn: () => this.#inbox.moveOn(),
      learn: (chats) => void this.#inbox.inbox.learn(chats),
      on: (type, hear) => {
        this.#hearing.set(type, [...(this.#hearing.get(type) ?? []), hear]);
      },
      failed: (why) => this.#banner.failed(why),
      help: () => this.#help.show(),
      signOut: () => this.#signOut.begin(),
      undo: new Undo(() => context),
    };
    return context;
  }

  /** @param {Context} context */
  #teach(context) {
    this.#commands.add(
      ...inboxCommands(context, this.#inbox),
      { title: texts.palette, keys: "Mod+K", run: () => this.#palette.open() },
      {
        ...{ title: texts.broadcast, keys: "Alt+B", run: () => this.#broadcast.open() },
        possible: () => this.#me.role === "admin",
      },
      { title: texts.account, keys: "G P", run: () => context.go({ room: ACCOUNT }) },
      { title: texts.help, keys: "?", run: () => this.#help.show() },
      { title: texts.help, keys: "Mod+/", run: () => this.#help.show() },
      ...PANELS.flatMap(({ commands }) => commands?.(context) ?? []),
    );
  }

  /** @param {string} base */
  #connect(base) {
    const events = {
      frame: (/** @type {ManagerFrame} */ frame) => this.#frame(frame),
      changed: (/** @type {ChatSummary[]} */ chats) => {
        this.#alerts.wait(this.#inbox.inbox.learn(chats));
        this.#draw();
      },
      state: () => this.#socketIs(),
      unsent: this.#draw,
      replaced: () => location.reload(),
    };
    return new ManagerClient(base, events, this.#me);
  }

  #build() {
    const dialogs = [this.#broadcast, this.#signOut, this.#palette, this.#help];
    return layout(this.#me.open, {
      skip: () => this.#inbox.skip(),
      bars: [this.#banner.element],
      rail: this.#rail.element,
      room: this.#inbox.element,
      above: [this.#toast.element, ...dialogs.map((one) => one.element)],
    });
  }

  /** The page's address is another one. @param {Place} place */
  #moved(place) {
    this.#show(place.room);
    this.#rooms.shown?.moved?.(place);
    this.#draw();
  }

  /** Where the keyboard goes on. @param {string} room */
  #focus(room) {
    if (room === INBOX) this.#inbox.skip();
    else this.#rooms.shown?.element.focus();
  }

  /** @param {string} shown */
  #show(shown) {
    this.#rooms.show(shown);
    this.#rail.show(shown);
  }

  /** @param {ManagerFrame} frame */
  #frame(frame) {
    if (frame.type === "budget") this.#banner.budget(frame);
    if (frame.type === "access") this.#access(frame);
    const waits = this.#inbox.hear(frame);
    if (waits) this.#alerts.wait([waits]);
    for (const hear of this.#hearing.get(frame.type) ?? []) hear(frame);
    this.#draw();
  }

  /** What the manager may do and see. @param {import("../client/types.js").AccessData} now */
  #access({ role, sites }) {
    // Other places, other actions. What is written is kept.
    if (role !== this.#me.role) return location.reload();
    this.#inbox.see(sites);
  }

  #socketIs() {
    const { state } = this.#client.socket;
    this.#banner.connection(state);
    if (state === "open") this.#inbox.connected();
    this.#draw();
  }

  #drawNow() {
    this.#banner.show(this.#client.socket.state);
    this.#inbox.draw(this.#banner.lost);
    this.#rooms.shown?.draw?.();
    this.#rail.draw(this.#inbox.waiting);
    const { count, more } = this.#inbox.mine;
    this.#alerts.badge(count, more);
  }
}

/** The places of the panels that somebody may go to. @param {Me} me */
const roomsOf = ({ role }) =>
  PANELS.flatMap(({ room }) => (room && (role === "admin" || !room.admin) ? [room] : []));

/** @param {Context} context @param {InboxRoom} inbox */
function makeRooms(context, inbox) {
  /** @type {Map<string, () => Room>} */
  const makes = new Map([[ACCOUNT, () => new AccountRoom(context)]]);
  for (const room of roomsOf(context.me)) makes.set(room.name, () => room.make(context));
  const first = { element: inbox.element, moved: (/** @type {Place} */ to) => inbox.moved(to) };
  return new Rooms(INBOX, first, makes);
}
