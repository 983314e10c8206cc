/**
 * The open names of a table as its review file lists them, and what was decided of them, step by step.
 *
 * A decision is a word of the review file: the id of a place, "35.81, 36.60 within 500 m", or "none". Decisions
 * are kept in this tab of the browser until it is closed, so that a reload loses none; the table isn't.
 *
 * @typedef {object} Candidate
 * @property {string} decision what to write where it is meant
 * @property {string} id "" of a point that was computed
 * @property {string} name
 * @property {string} name_ar
 * @property {string} kind
 * @property {string} area
 * @property {number} latitude
 * @property {number} longitude
 * @property {number} uncertainty_m
 * @property {string} confidence
 *
 * @typedef {object} OpenName
 * @property {string} place as written
 * @property {string} areas those beside it
 * @property {number} rows how many it decides
 * @property {string} status
 * @property {string} seen which rows, when, and what they note
 * @property {Candidate[]} candidates the best first
 * @property {Record<string, string>} cells of its row, by column
 *
 * @typedef {object} Decision
 * @property {string} decision
 * @property {string} words what it means
 * @property {{latitude: number, longitude: number, uncertainty_m: number} | null} at null for none of them
 * @property {string} why
 * @property {string} on the day, as 2016-05-31
 */

import { writeCsv } from "./csv.js";

const KEPT = "gazetteer.decisions";

/** @param {string[][]} rows a review file @returns {OpenName[]} */
export function openNames([header, ...rows]) {
  return rows.map((row) => {
    const cells = Object.fromEntries(header.map((name, at) => [name, unguarded(row[at] ?? "")]));
    const candidates = [];
    for (let number = 1; cells[`candidate_${number}_position`]; number += 1)
      candidates.push(candidate((name) => cells[`candidate_${number}_${name}`]));
    const seen = [cells.row_ids && `${cells.rows === "1" ? "Row" : "Rows"} ${cells.row_ids}`, cells.dates, cells.notes].filter(Boolean).join(" · ");
    return { place: cells.place, areas: cells.areas, rows: Number(cells.rows), status: cells.status, seen, candidates, cells };
  });
}

/** @param {string} cell @returns {string} without the apostrophe that keeps a formula from running */
const unguarded = (cell) => (/^''*[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell);

/** @param {(name: string) => string} cell @returns {Candidate} */
function candidate(cell) {
  const [latitude, longitude] = cell("position").split(",").map(Number);
  const uncertainty_m = Number(cell("radius_m"));
  return {
    id: cell("id"), name: cell("name"), name_ar: cell("name_ar"), kind: cell("kind"), area: cell("area"),
    confidence: cell("confidence"), latitude, longitude, uncertainty_m,
    decision: cell("id") || `${latitude}, ${longitude} within ${uncertainty_m} m`,
  };
}

/** @param {{place: string, areas: string}} name */
const keyOf = ({ place, areas }) => JSON.stringify([place, areas]);

/** Decisions by name, which can be taken back one after the other. */
export class Decisions {
  constructor() {
    const kept = recall();
    /** @type {Map<string, Decision>} */
    this.taken = new Map(kept.taken);
    this.by = kept.by;
    /** @type {[string, Decision | undefined][]} */
    this.before = [];
  }

  /** @param {OpenName} name @returns {Decision | undefined} */
  of(name) {
    return this.taken.get(keyOf(name));
  }

  /** @param {OpenName} name @param {Decision | undefined} decision */
  take(name, decision) {
    this.before.push([keyOf(name), this.of(name)]);
    this.put(keyOf(name), decision);
  }

  /** Take the last decision back. */
  undo() {
    const last = this.before.pop();
    if (last) this.put(...last);
  }

  forget() {
    this.taken.clear();
    this.before = [];
    this.keep();
  }

  /** @param {string} key @param {Decision | undefined} decision */
  put(key, decision) {
    if (decision) this.taken.set(key, decision);
    else this.taken.delete(key);
    this.keep();
  }

  keep() {
    try {
      if (this.taken.size) sessionStorage.setItem(KEPT, JSON.stringify({ by: this.by, taken: [...this.taken] }));
      else sessionStorage.removeItem(KEPT);
    } catch { /* the browser keeps nothing: then a reload loses them */ }
  }

  /**
   * The names that are decided, as a review file; null without any.
   *
   * @param {OpenName[]} names
   * @returns {string | null}
   */
  asReview(names) {
    const rows = names.flatMap((name) => {
      const one = this.of(name);
      return one ? [{ ...name.cells, decision: one.decision, decided_by: this.by, decided_on: one.on, why: one.why }] : [];
    });
    if (!rows.length) return null;
    // A column of names without a name in it would be refused: nobody has to give theirs.
    const header = Object.keys(rows[0]).filter((name) => this.by || name !== "decided_by");
    return writeCsv([header, ...rows.map((/** @type {Record<string, string>} */ row) => header.map((name) => row[name]))]);
  }
}

/** @returns {{by: string, taken: [string, Decision][]}} what this tab of the browser has kept */
function recall() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "") || { by: "", taken: [] };
  } catch {
    return { by: "", taken: [] };
  }
}
