// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assistantBody,
  assistantValues,
} from "../../functions/web/console/settings/assistant_values.js";

const OPTIONS = { history_tokens: 6000, history_messages: 60, ask_for_person: true };

test("what holds anyway leaves its field empty, and an empty field gives it back", () => {
  const values = assistantValues({
    ...{ name: "Tea", instructions: "You sell tea." },
    options: { ...OPTIONS, model: "m", temperature: 0, ask_for_person: false },
  });
  assert.equal(values.history_tokens, "");
  assert.equal(values.temperature, "0");
  assert.equal(values.ask_for_person, "false");
  const names = ["history_tokens", "temperature", "ask_for_person", "model", "verbosity"];
  assert.deepEqual(assistantBody({ ...values, ask_for_person: "", model: " " }, names), {
    ...{ history_tokens: 6000, temperature: 0, ask_for_person: true, model: null },
    verbosity: null,
  });
});

test("numbers are read as people write them, and the server judges the rest", () => {
  const values = {
    ...{ temperature: "0,7", max_output_tokens: "4 000", history_tokens: "12.000" },
    history_messages: "many",
  };
  assert.deepEqual(assistantBody(values, Object.keys(values)), {
    ...{ temperature: 0.7, max_output_tokens: 4000, history_tokens: 12000 },
    history_messages: "many",
  });
});
