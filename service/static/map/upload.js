/**
 * A table, sent to the server: to be counted, to learn what is open, and to come back with what was decided.
 *
 * The server keeps nothing, so the table goes there each time.
 */

import { address, answer, Refusal, refusal } from "./api.js";
import { csvReader } from "./csv.js";

const ENRICH = "/v1/enrich";
/** The header's first column of ours, and the delimiter after it: the answer keeps that of the table sent. */
const DELIMITER = /gaz_status([,;\t])/;

/** @typedef {{place: string, neutralise?: boolean}} Options `place` is the column of places, or "" to have it found */

/**
 * Enrich a table and count its rows by status. XMLHttpRequest, because fetch doesn't tell how much was sent.
 *
 * @param {File} file
 * @param {Options} options
 * @param {(sent: number, rows: number) => void} progress the share sent, 0 to 1, and the rows that came back
 * @returns {Promise<Map<string, number>>}
 * @throws {Refusal}
 */
export function countStatuses(file, { place }, progress) {
  const request = new XMLHttpRequest();
  request.open("POST", address(ENRICH, { format: "csv", place }));
  /** @type {ReturnType<csvReader> | null} */
  let reader = null;
  let read = 0;

  function readOn() {
    if (request.status !== 200) return;
    const text = request.responseText;
    const found = reader ? null : DELIMITER.exec(text);
    if (found) reader = csvReader(found[1]);
    if (!reader) return;
    reader.feed(text.slice(read));
    read = text.length;
    progress(1, Math.max(reader.rows.length - 1, 0));
  }

  return new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total, 0);
    });
    request.addEventListener("progress", readOn);
    request.addEventListener("error", () => reject(new Refusal(0, "The server can't be reached, or broke off. Nothing was changed.")));
    request.addEventListener("load", () => {
      readOn();
      if (request.status !== 200) return reject(refusal(request.status, request.responseText));
      if (!reader) return reject(new Refusal(0, "The answer isn't an enriched table."));
      return resolve(counted(reader.end()));
    });
    request.send(formOf(file));
  });
}

/** @param {string[][]} rows with their header @returns {Map<string, number>} */
function counted([header, ...rows]) {
  const at = header.indexOf("gaz_status");
  const totals = new Map();
  for (const row of rows) totals.set(row[at], (totals.get(row[at]) ?? 0) + 1);
  return totals;
}

/**
 * The table with what was decided, in the format that it came in; or its review file, which is CSV.
 *
 * @param {File} file
 * @param {string | null} decisions a review file, filled in
 * @param {Options & {format?: "review"}} options
 * @returns {Promise<Blob>}
 * @throws {Refusal}
 */
export async function withDecisions(file, decisions, { place, neutralise, format }) {
  const form = formOf(file);
  if (decisions !== null) form.append("decisions", new Blob([decisions], { type: "text/csv" }), "review.csv");
  const where = address(ENRICH, { place, format, neutralise: neutralise ? "true" : null });
  return (await answer(where, { method: "POST", body: form })).blob();
}

/** @param {File} file @returns {FormData} */
function formOf(file) {
  const form = new FormData();
  form.append("file", file);
  return form;
}
