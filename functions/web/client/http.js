// @ts-check
import { encode } from "./json.js";

/** What the server said against a call; `message` is meant for people. */
export class Problem extends Error {
  /**
   * @param {number} status 0: the server was not reached
   * @param {string} code
   * @param {string} detail
   * @param {number} [retryAfter] seconds, where the server said when to ask again
   */
  constructor(status, code, detail, retryAfter = 0) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Asking again cannot help: whoever asks is not allowed to. */
  get refused() {
    return this.status === 401 || this.status === 403;
  }

  /** Asking again later may help. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const TIMEOUT = 15_000;

/**
 * One call of the HTTP API. Throws `Problem`.
 *
 * @param {string} url
 * @param {{method?: string, body?: unknown, token?: string, anonymous?: boolean,
 *   patience?: number}} [options] `anonymous` calls send no cookies, so that they work from any site
 * @returns {Promise<any>}
 */
export async function call(url, options = {}) {
  const { method = "GET", body, token, anonymous = false, patience = TIMEOUT } = options;
  const response = await reach(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    body: body === undefined ? undefined : encode(body),
    credentials: anonymous ? "omit" : "same-origin",
    signal: AbortSignal.timeout(patience),
  });
  const read = await response.json().catch(() => null);
  if (!response.ok) throw problem(response.status, read);
  return read;
}

/**
 * @param {string} url
 * @param {RequestInit} options
 */
async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new Problem(0, "unreachable", "");
  }
}

/**
 * @param {number} status
 * @param {any} body
 */
function problem(status, body) {
  const { code = "unknown", detail = "", retry_after: wait = 0 } = body ?? {};
  return new Problem(status, String(code), String(detail), Number(wait) || 0);
}
