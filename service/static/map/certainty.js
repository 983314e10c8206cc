/**
 * How sure it is that an incident was near something: the service's word, the page's, and the mark's.
 */

/** @type {Record<string, string>} */
const WORDS = {
  certain: "certainly near",
  possible: "possibly near",
  unanswerable: "known too roughly to say",
  "": "without a position",
};

/** Best known first; undefined is the certainty of incidents when nothing was asked to be near. */
export const CERTAINTIES = ["certain", "possible", "unanswerable", ""];

/** @param {string | undefined} certainty @returns {string} */
export const certaintyWords = (certainty) => (certainty === undefined ? "" : WORDS[certainty] ?? certainty);
