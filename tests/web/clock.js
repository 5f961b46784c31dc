// Timers and the time of day under the test's control. Node 18's own mock timers lose a timer when
// another one that has run is cleared, which is harmless in a browser and usual in the clients.

export const NOON = Date.parse("2026-01-05T12:00:00Z");

/** Let everything run that waits for no timer. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Stop the clock of a test; time goes by with `pass` only. */
export function stopClock(t) {
  const timers = new Map();
  let made = 0;
  const clock = {
    now: NOON,
    /** A page is closed: none of its timers runs any more. */
    forget: () => timers.clear(),
    async pass(milliseconds) {
      const end = clock.now + milliseconds;
      await settled();
      for (let next = firstDue(timers, end); next; next = firstDue(timers, end)) {
        timers.delete(next.id);
        clock.now = next.at;
        next.run();
        await settled();
      }
      clock.now = end;
    },
  };
  t.mock.method(globalThis, "setTimeout", (run, wait = 0) => {
    const id = ++made;
    timers.set(id, { id, at: clock.now + wait, run });
    return id;
  });
  t.mock.method(globalThis, "clearTimeout", (id) => timers.delete(id));
  t.mock.method(Date, "now", () => clock.now);
  return clock;
}

/** The timer that is the first to run until `end`. */
function firstDue(timers, end) {
  const due = [...timers.values()].filter((timer) => timer.at <= end);
  return due.sort((a, b) => a.at - b.at || a.id - b.id)[0];
}
