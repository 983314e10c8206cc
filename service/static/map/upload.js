/**
 * Sending a table to be enriched, and reading the answer as it arrives.
 */

import { address, Refusal, refusal } from "./api.js";
import { csvReader } from "./csv.js";

/** The header's first column of ours, and the delimiter after it: the answer keeps that of the table sent. */
const DELIMITER = /gaz_status([,;\t])/;

/**
 * @typedef {object} Enriched
 * @property {string[]} header
 * @property {string[][]} rows
 * @property {string} delimiter
 * @property {string[]} placeColumns the columns that were taken for the place, the first with a text counts
 */

/**
 * Enrich a file. XMLHttpRequest, because fetch doesn't tell how much was sent.
 *
 * @param {File} file
 * @param {{neutralise: boolean, place: string}} options `place` is the column of places, or "" to let the
 *   service find it
 * @param {(sent: number, rows: number) => void} progress the share sent, 0 to 1, and the rows that came back
 * @returns {Promise<Enriched>}
 * @throws {Refusal}
 */
export function enrich(file, { neutralise, place }, progress) {
  const request = new XMLHttpRequest();
  request.open("POST", address("/v1/enrich", { format: "csv", neutralise: String(neutralise), place }));
  /** @type {ReturnType<csvReader> | null} */
  let reader = null;
  let delimiter = ",";
  let read = 0;

  function readOn() {
    if (request.status !== 200) return;
    const text = request.responseText;
    const found = reader ? null : DELIMITER.exec(text);
    if (found) {
      delimiter = found[1];
      reader = csvReader(delimiter);
    }
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
      const [header, ...rows] = reader.end();
      return resolve({ header, rows, delimiter, placeColumns: placeColumns(request) });
    });
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}

/** @param {XMLHttpRequest} request @returns {string[]} */
function placeColumns(request) {
  const named = request.getResponseHeader("X-Place-Columns");
  return named ? named.split(",").map((name) => decodeURIComponent(name.trim())) : [];
}
