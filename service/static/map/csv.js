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

/**
 * Rows as CSV, with the byte order mark by which spreadsheets know UTF-8.
 *
 * @param {string[][]} rows
 * @param {string} delimiter
 * @returns {string}
 */
export function writeCsv(rows, delimiter) {
  const needsQuotes = (/** @type {string} */ cell) => cell.includes(delimiter) || /["\r\n]/.test(cell);
  const written = (/** @type {string} */ cell) => (needsQuotes(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return `\ufeff${rows.map((row) => `${row.map(written).join(delimiter)}\r\n`).join("")}`;
}
