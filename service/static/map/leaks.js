/**
 * What a table gives away of sensitive places, the worst first, and what to change. At tier full only.
 */

import { address, get, post } from "./api.js";
import { writeCsv } from "./csv.js";
import { byId, el, listSome, save, say } from "./dom.js";
import { count, counted, length } from "./words.js";

const COLUMNS = ["row", "column", "place_id", "how", "exact_to_m", "allowed_m", "advice"];

/** Wire the tab. */
export function startLeaks() {
  const [file, tier, place] = ["leaks-file", "leaks-tier", "leaks-place"].map(byId);
  const status = byId("leaks-status");
  /** @type {File | null} */
  let table = null;
  /** @type {any[]} */
  let leaks = [];

  async function look() {
    if (!table) return;
    byId("leaks-results").hidden = true;
    say(status, `Looking through ${table.name}…`);
    try {
      const form = new FormData();
      form.append("file", table);
      const found = await post(address("/v1/leaks", { tier: tier.value, place: place.value.trim() }), form);
      leaks = found.leaks;
      const nameOf = await names(leaks);
      say(status, ...verdict(found, tier.selectedOptions[0].textContent));
      listSome(byId("leaks-list"), byId("leaks-more"), leaks, (one) => el("li", { class: "candidate" }, ...line(one, nameOf)));
      byId("leaks-results").hidden = leaks.length === 0;
    } catch (error) {
      say(status, /** @type {Error} */ (error).message, "bad");
    }
  }

  file.addEventListener("change", () => {
    table = file.files[0] ?? table;
    file.value = ""; // so that the same file can be looked through again once it is mended
    look();
  });
  for (const field of [tier, place]) field.addEventListener("change", look);
  byId("leaks-download").addEventListener("click", () => {
    const rows = leaks.map((one) => COLUMNS.map((name) => String(one[name] ?? "")));
    save(`${table?.name.replace(/\.[^.]*$/, "")}.leaks.csv`, writeCsv([COLUMNS, ...rows]));
  });
}

/** @param {any[]} leaks @returns {Promise<Map<string, string>>} the names of their places, by id */
async function names(leaks) {
  const ids = [...new Set(leaks.map(({ place_id }) => place_id))].filter(Boolean);
  const places = await Promise.all(ids.map((id) => get(`/v1/places/${encodeURIComponent(id)}`)));
  return new Map(places.map(({ id, name }) => [id, name]));
}

/**
 * @param {{rows: number, leaks: any[]}} found
 * @param {string} whom whom it is meant for
 * @returns {[string, "good" | "bad"]}
 */
function verdict({ rows, leaks }, whom) {
  if (!leaks.length) return [`Nothing found in ${counted(rows, "row")} that tells ${whom} more of a sensitive place than it may know.`, "good"];
  const telling = new Set(leaks.map(({ row }) => row).filter((row) => row !== null)).size;
  const beside = leaks.filter(({ row }) => row === null).length;
  const more = beside ? `, and ${counted(beside, "thing")} beside the rows` : "";
  return [`${count(telling)} of ${counted(rows, "row")}${more} would tell ${whom} where a sensitive place is. The worst stands first.`, "bad"];
}

/** @param {any} leak @param {Map<string, string>} nameOf */
function line({ row, column, place_id, how, exact_to_m, allowed_m, advice }, nameOf) {
  const where = row === null ? column : `Row ${count(row)}: ${column}`;
  return [
    el("bdi", { class: "name" }, where),
    el("span", { class: "detail" }, "tells where ", el("bdi", {}, nameOf.get(place_id) ?? "a sensitive place"),
      ` is to within ${length(exact_to_m)} (${how}); ${length(allowed_m)} is allowed`),
    el("span", {}, `What to change: ${advice}.`),
  ];
}
