import assert from "node:assert/strict";
import test from "node:test";
import { filled, unfilled } from "../../functions/web/console/variables.js";

const values = { "visitor.name": "Ada", "me.name": "Bob", "site.name": undefined };

test("what is known is filled in, by its name or the one of other products", () => {
  assert.equal(filled("Hi {{visitor.name}}, I am {{ me.name }}.", values), "Hi Ada, I am Bob.");
  assert.equal(filled("{{contact.name}} {{agent.name|x}}", values), "Ada Bob");
});

test("what is not known has something to say instead, or stays", () => {
  assert.equal(filled("{{site.name|our shop}}", values), "our shop");
  const text = filled("{{site.name}} {{order.id}} {{constructor}} {{visitor.name}}", values);
  assert.equal(text, "{{site.name}} {{order.id}} {{constructor}} Ada");
  assert.deepEqual(unfilled(text), ["{{site.name}}", "{{order.id}}", "{{constructor}}"]);
});

test("a name is filled in as it is, and never again", () => {
  assert.equal(filled("{{visitor.name}}", { "visitor.name": "$& {{me.name}}" }), "$& {{me.name}}");
});

test("a reply that was looked for and not chosen is left, and a path is none", () => {
  assert.deepEqual(unfilled(" /hi "), ["/hi"]);
  for (const text of ["say /hi", "/a/b", "and/or", "/"]) assert.deepEqual(unfilled(text), []);
});
