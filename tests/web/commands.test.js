import assert from "node:assert/strict";
import test from "node:test";
import { openBrowser } from "./browser.js";

openBrowser();
globalThis.HTMLInputElement ??= class {};
globalThis.HTMLTextAreaElement ??= class {};
globalThis.HTMLSelectElement ??= class {};
const { Commands } = await import("../../functions/web/console/commands.js");
const { en } = await import("../../functions/web/console/texts_en.js");
const { shown } = await import("../../functions/web/console/commands.js");

const held = { altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, target: null };
const press = (commands, pressed) => commands.wanted({ ...held, ...pressed })?.title;

function taught() {
  const commands = new Commands();
  const run = () => {};
  commands.add(
    { title: "take over", keys: "Alt+T", run },
    { title: "palette", keys: "Mod+K", run },
    { title: "help", keys: "?", run },
    { title: "waiting", keys: "G W", run },
    { title: "before", keys: "Alt+Up", run },
    { title: "impossible", keys: "Alt+S", run, possible: () => false },
  );
  return commands;
}

test("a key is known by its place where Alt or Ctrl is held", () => {
  const commands = taught();
  assert.equal(press(commands, { altKey: true, code: "KeyT", key: "†" }), "take over");
  assert.equal(press(commands, { altKey: true, code: "ArrowUp", key: "ArrowUp" }), "before");
  for (const mod of ["ctrlKey", "metaKey"]) {
    assert.equal(press(commands, { [mod]: true, code: "KeyK", key: "k" }), "palette");
  }
  assert.equal(press(commands, { ctrlKey: true, altKey: true, code: "KeyK", key: "k" }), undefined);
  assert.equal(press(commands, { altKey: true, code: "KeyS", key: "s" }), undefined);
});

test("a sign that is written with Alt stays a sign where somebody writes", () => {
  const commands = taught();
  const sign = { altKey: true, code: "KeyT", key: "@" };
  const field = Object.assign(new HTMLTextAreaElement(), { value: "anna" });
  assert.equal(press(commands, { ...sign, target: field }), undefined);
  assert.equal(press(commands, { ...sign, key: "†", target: field }), "take over");
  assert.equal(press(commands, sign), "take over");
});

test("two keys one after the other are one command, and only in time", (t) => {
  t.mock.timers.enable({ apis: ["Date"] });
  const commands = taught();
  assert.equal(press(commands, { code: "KeyG", key: "g" }), undefined);
  assert.equal(press(commands, { code: "KeyW", key: "w" }), "waiting");
  // Though the second one has a meaning of its own.
  commands.add({ title: "undo", keys: "W", run: () => {} });
  press(commands, { code: "KeyG", key: "g" });
  assert.equal(press(commands, { code: "KeyW", key: "w" }), "waiting");
  press(commands, { code: "KeyG", key: "g" });
  t.mock.timers.tick(2_000);
  assert.equal(press(commands, { code: "KeyW", key: "w" }), "undo");
});

test("where somebody writes a sign is a sign, and in an empty field ? is help", () => {
  const commands = taught();
  const field = Object.assign(new HTMLTextAreaElement(), { value: "", type: "textarea" });
  assert.equal(press(commands, { key: "?", code: "Slash", target: field }), "help");
  field.value = "really";
  assert.equal(press(commands, { key: "?", code: "Slash", target: field }), undefined);
  assert.equal(press(commands, { key: "g", code: "KeyG", target: field }), undefined);
  assert.equal(press(commands, { key: "w", code: "KeyW", target: field }), undefined);
  assert.equal(
    press(commands, { altKey: true, key: "t", code: "KeyT", target: field }),
    "take over",
  );
});

test("keys are shown as they stand on the keyboard", () => {
  assert.equal(shown("Mod+Shift+Enter", en), "Ctrl Shift ⏎");
  assert.equal(shown("Alt+Up", en), "Alt ↑");
  assert.equal(shown("G W", en), "G W");
});
