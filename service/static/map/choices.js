/**
 * The ambiguous texts of an enriched table, and what a choice by hand writes into its rows.
 *
 * @typedef {{place_id: string, name: string, latitude: number, longitude: number, confidence: number}} Alternative
 * @typedef {{text: string, alternatives: Alternative[], rows: string[][]}} Ambiguity
 */

/** What the rows say of how they were matched once someone chose. */
const BY_HAND = "chosen by hand";

/**
 * Every distinct ambiguous text once, with its candidates; the most frequent first.
 *
 * A text that stands with other areas beside it may have other candidates: that is another one.
 *
 * @param {import("./upload.js").Enriched} table
 * @returns {Ambiguity[]}
 */
export function ambiguities({ header, rows, placeColumns }) {
  const [status, others] = ["gaz_status", "gaz_alternatives"].map((name) => header.indexOf(name));
  const places = placeColumns.map((name) => header.indexOf(name)).filter((at) => at >= 0);
  /** @type {Map<string, Ambiguity>} */
  const found = new Map();
  for (const row of rows) {
    if (row[status] !== "ambiguous") continue;
    const text = places.map((at) => row[at].trim()).find(Boolean) ?? "";
    const key = JSON.stringify([text, row[others]]);
    const known = found.get(key);
    if (known) known.rows.push(row);
    else found.set(key, { text, alternatives: JSON.parse(row[others] || "[]"), rows: [row] });
  }
  return [...found.values()].sort((a, b) => b.rows.length - a.rows.length);
}

/**
 * The cells that a choice writes; those that only the matching could know are left empty.
 *
 * The confidence stays that of the candidate: a hand chose it, which doesn't make the match likelier.
 * Precision codes stay empty, because they depend on how the text was read.
 *
 * @param {any} place as the service describes it
 * @param {Ambiguity} ambiguity
 * @returns {Record<string, string>}
 */
function chosenCells(place, { alternatives }) {
  const alternative = alternatives.find((one) => one.place_id === place.id);
  /** @type {Record<string, string>} */
  const cells = {
    gaz_status: "resolved",
    gaz_confidence: String(alternative?.confidence ?? ""),
    gaz_place_id: place.id,
    gaz_name: place.name,
    gaz_kind: place.kind,
    gaz_latitude: String(place.latitude),
    gaz_longitude: String(place.longitude),
    gaz_uncertainty_m: String(place.uncertainty_m),
    gaz_method: BY_HAND,
    gaz_admin_method: place.admin_method,
    gaz_position_basis: place.position_basis,
    gaz_generalised_to_deg: String(place.generalised_to_deg ?? ""),
    gaz_places: "[]",
    gaz_alternatives: JSON.stringify(alternatives.filter((one) => one !== alternative)),
  };
  for (const { level, pcode, name } of place.admin) {
    cells[`gaz_adm${level}_pcode`] = pcode;
    cells[`gaz_adm${level}_name`] = name;
  }
  return cells;
}

/**
 * Whether a column depends on which place is meant; what belongs to the text alone stays.
 *
 * @param {string} name
 */
function isOurs(name) {
  return name.startsWith("gaz_") && name !== "gaz_unread" && name !== "gaz_country";
}

/**
 * The table's rows with the choices in them; the rows given stay as they are.
 *
 * @param {import("./upload.js").Enriched} table
 * @param {Map<Ambiguity, any>} choices the place chosen for each
 * @returns {string[][]} with the header
 */
export function withChoices({ header, rows }, choices) {
  /** @type {Map<string[], Record<string, string>>} */
  const cellsOf = new Map();
  for (const [ambiguity, place] of choices) {
    const cells = chosenCells(place, ambiguity);
    for (const row of ambiguity.rows) cellsOf.set(row, cells);
  }
  const chosen = rows.map((row) => {
    const cells = cellsOf.get(row);
    return cells ? row.map((cell, at) => (isOurs(header[at]) ? cells[header[at]] ?? "" : cell)) : row;
  });
  return [header, ...chosen];
}
