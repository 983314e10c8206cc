/**
 * CSV after RFC 4180, read as it arrives and written again.
 */

/**
 * A reader that is fed text piece by piece and keeps the rows that are whole. Empty lines are no rows.
 *
 * @param {string} delimiter
 * @returns {{rows: string[][], feed: (text: string) => void, end: () => string[][]}}
 */
export function csvReader(delimiter) {
  /** @type {string[][]} */
  const rows = [];
  /** @type {string[]} */
  let row = [];
  let cell = "";
  let isQuoted = false;
  let wasQuote = false; // inside quotes: the last character was one, so the next decides what it meant
  let isFirst = true;

  function endRow() {
    row.push(cell);
    cell = "";
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }

  /** @param {string} char */
  function take(char) {
    if (isQuoted && wasQuote) {
      wasQuote = false;
      if (char === '"') {
        cell += char;
        return;
      }
      isQuoted = false;
    }
    if (isQuoted) {
      if (char === '"') wasQuote = true;
      else cell += char;
    } else if (char === '"') isQuoted = true;
    else if (char === delimiter) {
      row.push(cell);
      cell = "";
    } else if (char === "\n") endRow();
    else if (char !== "\r") cell += char;
  }

  return {
    rows,
    feed(text) {
      const start = isFirst && text.startsWith("\ufeff") ? 1 : 0;
      isFirst &&= text === "";
      for (let at = start; at < text.length; at += 1) take(text[at]);
    },
    end() {
      if (cell !== "" || row.length) endRow();
      return rows;
    },
  };
}

/** What a spreadsheet program would run. */
const FORMULA = /^'*[=+\-@\t\r]/;

/**
 * Rows as CSV, with the byte order mark by which spreadsheets know UTF-8. A formula gets an apostrophe in front, as
 * in a review file, from which it is taken away again.
 *
 * @param {string[][]} rows
 * @returns {string}
 */
export function writeCsv(rows) {
  const guarded = (/** @type {string} */ cell) => (FORMULA.test(cell) ? `'${cell}` : cell);
  const written = (/** @type {string} */ cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return `\ufeff${rows.map((row) => `${row.map((cell) => written(guarded(cell))).join(",")}\r\n`).join("")}`;
}
