import assert from "node:assert/strict";
import test from "node:test";
import { Transcript } from "../../functions/web/client/transcript.js";
import { answer, delta, event, message } from "./made.js";

const begun = (...messages) => {
  const transcript = new Transcript();
  transcript.begin(messages, false);
  return transcript;
};
const seqs = (transcript) => transcript.messages.map((one) => one.seq);

test("messages stand in the order of their seq", () => {
  const transcript = begun(message(1));
  for (const seq of [4, 2, 3]) transcript.add(message(seq));
  assert.deepEqual(seqs(transcript), [1, 2, 3, 4]);
});

test("what follows a gap is held back, and the gap is known", () => {
  const transcript = begun(message(1));
  transcript.add(message(3));
  assert.deepEqual(seqs(transcript), [1]);
  assert.equal(transcript.gap, true);
  assert.equal(transcript.last, 1);
});

test("a gap that is filled shows everything behind it", () => {
  const transcript = begun(message(1));
  for (const seq of [3, 4, 6, 2]) transcript.add(message(seq));
  assert.deepEqual(seqs(transcript), [1, 2, 3, 4]);
  assert.equal(transcript.gap, true);
  transcript.add(message(5));
  assert.deepEqual(seqs(transcript), [1, 2, 3, 4, 5, 6]);
  assert.equal(transcript.gap, false);
});

test("before the first page is here, every message is held back", () => {
  const transcript = new Transcript();
  transcript.add(message(7));
  assert.deepEqual(seqs(transcript), []);
  transcript.begin([message(5), message(6)], true);
  assert.deepEqual(seqs(transcript), [5, 6, 7]);
  assert.equal(transcript.older, true);
});

test("a push that comes twice is shown once", () => {
  const transcript = begun(message(1));
  for (const seq of [2, 2, 1, 2]) transcript.add(message(seq));
  assert.deepEqual(seqs(transcript), [1, 2]);
});

test("a higher rev replaces, a lower one does not", () => {
  const transcript = begun(message(1, { rev: 2, text: "second" }));
  transcript.add(message(1, { rev: 1, text: "first" }));
  assert.equal(transcript.messages[0].text, "second");
  transcript.add(message(1, { rev: 3, text: "third" }));
  assert.equal(transcript.messages[0].text, "third");
});

test("of a message that is held back, the highest rev is kept", () => {
  const transcript = begun(message(1));
  transcript.add(message(3, { rev: 2, text: "second" }));
  transcript.add(message(3, { rev: 1, text: "first" }));
  transcript.add(message(2));
  assert.equal(transcript.messages[2].text, "second");
});

test("a whole message takes the place of a truncated one of the same rev", () => {
  const transcript = begun(message(1, { text: "wh", truncated: true }));
  transcript.add(message(1, { text: "whole" }));
  assert.equal(transcript.messages[0].text, "whole");
  transcript.add(message(1, { text: "wh", truncated: true }));
  assert.equal(transcript.messages[0].text, "whole");
});

test("a truncated message of a higher rev leaves the known text", () => {
  const transcript = begun(message(1, { text: "whole", html: "<p>whole" }));
  transcript.add(message(1, { rev: 2, text: "wh", truncated: true, state: "interrupted" }));
  const [shown] = transcript.messages;
  assert.deepEqual([shown.text, shown.html], ["whole", "<p>whole"]);
  assert.deepEqual([shown.rev, shown.state, shown.truncated], [2, "interrupted", undefined]);
});

test("a message that was erased takes its text with it", () => {
  const transcript = begun(message(1, { text: "secret" }));
  transcript.add(message(1, { rev: 2, text: "", truncated: true, state: "erased" }));
  assert.equal(transcript.messages[0].text, "");
});

test("an edit that does not fit into a frame takes the old text with it, too", () => {
  const transcript = begun(message(1, { text: "secret" }));
  transcript.add(message(1, { rev: 2, change: 1, text: "wh", truncated: true }));
  assert.equal(transcript.messages[0].text, "wh");
});

test("changes that follow one another are known, and a missing one is a gap", () => {
  const transcript = new Transcript();
  transcript.begin([message(1), message(2)], false, 4);
  transcript.add(message(1, { rev: 2, change: 5 }));
  assert.deepEqual([transcript.change, transcript.gap], [5, false]);
  transcript.add(message(2, { rev: 3, change: 7 }));
  assert.deepEqual([transcript.change, transcript.gap], [5, true]);
  transcript.upTo(7);
  assert.deepEqual([transcript.change, transcript.gap], [7, false]);
  transcript.upTo(6);
  transcript.upTo(undefined);
  assert.equal(transcript.change, 7);
});

test("without a number of the server's, no change is missing", () => {
  const transcript = begun(message(1));
  transcript.add(message(1, { rev: 2, change: 9 }));
  assert.deepEqual([transcript.change, transcript.gap], [null, false]);
});

test("an older page goes in front, without what is here already", () => {
  const transcript = begun(message(4), message(5));
  transcript.prepend([message(2), message(3), message(4)], true);
  assert.deepEqual(seqs(transcript), [2, 3, 4, 5]);
  assert.equal(transcript.older, true);
  assert.equal(transcript.first, 2);
});

test("pieces of a draft are joined by their offset", () => {
  const transcript = begun(message(1));
  transcript.write(delta(0, "Hel"));
  transcript.write(delta(5, " you"));
  assert.equal(transcript.draft.text, "Hel");
  assert.equal(transcript.gap, true);
  transcript.write(delta(3, "lo"));
  assert.equal(transcript.draft.text, "Hello you");
  assert.equal(transcript.gap, false);
});

test("of a piece that overlaps only the new part is added, counted in code points", () => {
  const transcript = begun(message(1));
  transcript.write(delta(0, "a👍b"));
  transcript.write(delta(1, "👍bc"));
  transcript.write(delta(0, "a👍"));
  assert.equal(transcript.draft.text, "a👍bc");
  transcript.write(delta(4, "d"));
  assert.equal(transcript.draft.text, "a👍bcd");
});

test("a piece of an earlier try is ignored", () => {
  const transcript = begun(message(1));
  transcript.write(delta(0, "second", { try: 2 }));
  transcript.write(delta(6, " first", { try: 1 }));
  assert.equal(transcript.draft.text, "second");
});

test("a later try begins a draft of its own", () => {
  const transcript = begun(message(1));
  transcript.write(delta(0, "first"));
  transcript.write(delta(9, "lost", { try: 1 }));
  transcript.write(delta(0, "second", { try: 2 }));
  assert.equal(transcript.draft.text, "second");
  assert.equal(transcript.gap, false);
});

test("a draft ends with its message, and no late piece brings it back", () => {
  const transcript = begun(message(1));
  transcript.write(delta(0, "Hel"));
  transcript.add(answer(2, 1));
  assert.equal(transcript.draft, null);
  transcript.write(delta(3, "lo", { try: 2 }));
  assert.equal(transcript.draft, null);
  assert.equal(transcript.answeredTo, 1);
});

test("an answer to a later message ends the draft to an earlier one", () => {
  const transcript = begun(message(1), message(2));
  transcript.write(delta(0, "to the first"));
  transcript.add(answer(3, 2));
  assert.equal(transcript.draft, null);
});

test("an answer to an earlier message leaves the draft to a later one", () => {
  const transcript = begun(message(1), message(2));
  transcript.write(delta(0, "to the second", { reply_to: 2, try: 2 }));
  transcript.add(answer(3, 1));
  assert.equal(transcript.draft.text, "to the second");
});

test("a take-over ends the draft, and its try writes no more", () => {
  const transcript = begun(message(1));
  transcript.write(delta(0, "Hel"));
  transcript.add(event(2, "taken_over"));
  transcript.write(delta(3, "lo"));
  assert.equal(transcript.draft, null);
});

test("after a hand-back the same message may be answered once more", () => {
  const transcript = begun(message(1), answer(2, 1, { state: "interrupted" }));
  transcript.write(delta(0, "again", { try: 2 }));
  assert.equal(transcript.draft, null);
  transcript.add(event(3, "handed_back"));
  transcript.write(delta(0, "again", { try: 2 }));
  assert.equal(transcript.draft.text, "again");
});

test("a draft whose front is lost is shown from where it is known", () => {
  const transcript = begun(message(1));
  transcript.write(delta(6, "world"));
  assert.equal(transcript.draft.text, "");
  transcript.withoutFront();
  assert.deepEqual([transcript.draft.start, transcript.draft.text], [6, "world"]);
  transcript.write(delta(11, "!"));
  assert.equal(transcript.draft.text, "world!");
});

test("the server's word about the draft replaces what is here", () => {
  const transcript = begun(message(1));
  transcript.write(delta(0, "abc"));
  transcript.rewrite(delta(8, "later"));
  assert.deepEqual([transcript.draft.start, transcript.draft.text], [8, "later"]);
  transcript.rewrite(null);
  assert.equal(transcript.draft, null);
});

test("the server's word is joined where it touches what is here", () => {
  const transcript = begun(message(1));
  transcript.write(delta(0, "abc"));
  transcript.rewrite(delta(2, "cdef"));
  assert.deepEqual([transcript.draft.start, transcript.draft.text], [0, "abcdef"]);
});

test("the server's word of an earlier try changes nothing", () => {
  const transcript = begun(message(1));
  transcript.write(delta(0, "second", { try: 2 }));
  transcript.rewrite(delta(0, "first", { try: 1 }));
  assert.equal(transcript.draft.text, "second");
});

test("each accepted piece is counted", () => {
  const transcript = begun(message(1));
  transcript.write(delta(0, "a"));
  transcript.write(delta(1, "b"));
  transcript.write(delta(2, "c", { try: 0 }));
  assert.equal(transcript.writes, 2);
});
