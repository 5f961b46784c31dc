// @ts-check

const AT_LATEST = 500;
const PATIENCE = 2_000;

/**
 * Do what can wait when something is there, as soon as the page has nothing better to do.
 * @param {Promise<unknown>} first that; if it takes long nothing waits for it
 * @param {() => void} run
 */
export function later(first, run) {
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  void Promise.race([first, patience]).then(() => {
    // Not every browser says when that is.
    if ("requestIdleCallback" in window) requestIdleCallback(run, { timeout: AT_LATEST });
    else setTimeout(run, AT_LATEST / 10);
  });
}
