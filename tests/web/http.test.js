import assert from "node:assert/strict";
import test from "node:test";
import { Problem, call } from "../../functions/web/client/http.js";
import { openBrowser } from "./browser.js";

const URL_ = "https://chat.example/tickets";

test("a call carries its body and its token, and no cookie where it is anonymous", async () => {
  const { api } = openBrowser();
  api.on("/tickets", { ws_url: "wss://x" });
  const options = { method: "POST", body: { a: 1 }, token: "t", anonymous: true };
  assert.deepEqual(await call(URL_, options), { ws_url: "wss://x" });
  const [asked] = api.asked;
  assert.deepEqual(
    [asked.method, asked.body, asked.options.credentials],
    ["POST", { a: 1 }, "omit"],
  );
  assert.deepEqual(asked.headers, {
    "Content-Type": "application/json",
    Authorization: "Bearer t",
  });
});

test("a manager's call carries the cookie of its own site", async () => {
  const { api } = openBrowser();
  api.on("/manager/me", { id: "a" });
  await call("https://chat.example/manager/me");
  const [asked] = api.asked;
  assert.deepEqual([asked.options.credentials, asked.headers], ["same-origin", {}]);
});

test("what the server says against a call is a problem with its code", async () => {
  const { api } = openBrowser();
  api.on("/tickets", { code: "too_many", detail: "Slower, please", retry_after: 7 }, 429);
  await assert.rejects(call(URL_), (error) => {
    assert.ok(error instanceof Problem);
    assert.deepEqual([error.status, error.code, error.retryAfter], [429, "too_many", 7]);
    assert.equal(error.message, "Slower, please");
    return true;
  });
});

test("a server that is not reached, or answers nonsense, is a problem too", async () => {
  const { api } = openBrowser();
  api.on("/tickets", new TypeError("network"));
  await assert.rejects(call(URL_), { status: 0, code: "unreachable" });
  api.on("/tickets", () => new SyntaxError("no JSON"), 502);
  await assert.rejects(call(URL_), (error) => error instanceof Problem);
});

test("what may pass is told from what does not", () => {
  const passing = [0, 429, 500, 503];
  for (const status of [0, 400, 401, 403, 404, 422, 429, 500, 503]) {
    const problem = new Problem(status, "", "");
    assert.equal(problem.passing, passing.includes(status), String(status));
    assert.equal(problem.refused, status === 401 || status === 403, String(status));
  }
});
