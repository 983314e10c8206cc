/**
 * Asking the service. A refusal becomes a `Refusal` that carries the service's own sentence.
 */

/** A request that was answered with a problem (RFC 9457), or not at all (status 0). */
export class Refusal extends Error {
  /** @param {number} status @param {string} sentence */
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** @param {unknown} error @returns {boolean} whether a newer question took this one's place */
export const isOutdated = (error) => error instanceof DOMException && error.name === "AbortError";

/**
 * An address with its parameters; those that are empty are left out.
 *
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} [parameters]
 * @returns {string}
 */
export function address(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return query ? `${path}?${query}` : path;
}

/**
 * The sentence of a problem's body, whatever else came.
 *
 * @param {number} status
 * @param {string} body
 * @returns {Refusal}
 */
export function refusal(status, body) {
  let sentence = `The server answered with status ${status}.`;
  try {
    const problem = JSON.parse(body);
    if (problem.detail) sentence = problem.detail;
  } catch { /* no problem of ours: the status is all there is to say */ }
  return new Refusal(status, sentence);
}

/**
 * Get JSON.
 *
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} [parameters]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 * @throws {Refusal}
 */
export const get = (path, parameters = {}, signal = undefined) => ask(address(path, parameters), { signal });

/**
 * Send JSON or a form, and get JSON.
 *
 * @param {string} path
 * @param {object} body a FormData is sent as one
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 * @throws {Refusal}
 */
export const post = (path, body, signal = undefined) => ask(path, body instanceof FormData
  ? { method: "POST", body, signal }
  : { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" }, signal });

/** @param {string} where @param {RequestInit} options @returns {Promise<any>} */
const ask = async (where, options) => (await answer(where, options)).json();

/**
 * Ask for something that isn't JSON.
 *
 * @param {string} where
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 * @throws {Refusal}
 */
export async function answer(where, options = {}) {
  let response;
  try {
    response = await fetch(where, options);
  } catch (error) {
    if (isOutdated(error)) throw error;
    throw new Refusal(0, "The server can't be reached. Is it still running?");
  }
  if (!response.ok) throw refusal(response.status, await response.text());
  return response;
}

/** @type {Promise<any> | undefined} */
let asked;

/** @returns {Promise<any>} what the gazetteer holds and where it came from; asked once */
export function about() {
  asked ??= get("/v1/info");
  return asked;
}
