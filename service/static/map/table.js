/**
 * A table dropped onto the page: enriched and counted, its open names decided, downloaded with what was decided.
 */

import { csvReader } from "./csv.js";
import { Decisions, openNames } from "./decisions.js";
import { byId, save, say } from "./dom.js";
import { makeOpenNames } from "./open_names.js";
import { countStatuses, withDecisions } from "./upload.js";
import { count, counted, percent } from "./words.js";

/** Between two sentences on the progress: a screen reader reads each of them out. */
const PAUSE_MS = 1500;
/** What each status says of so many rows. @type {[string, (rows: number) => string][]} */
const STATUSES = [
  ["resolved", (rows) => `${count(rows)} ${rows === 1 ? "has its" : "have their"} place`],
  ["several", (rows) => `${count(rows)} ${rows === 1 ? "names" : "name"} several places`],
  ["ambiguous", (rows) => `${count(rows)} may mean more than one`],
  ["unresolved", (rows) => `${count(rows)} ${rows === 1 ? "names" : "name"} nothing that the gazetteer knows`],
  ["invalid", (rows) => `${count(rows)} ${rows === 1 ? "has" : "have"} no name to look for`],
];

/**
 * @param {any} map
 * @param {ReturnType<import("./marks.js").makeDisc>} disc
 * @param {ReturnType<import("./pins.js").makePins>} pins
 * @param {() => void} show shows this tab
 */
export function startTable(map, disc, pins, show) {
  const input = /** @type {HTMLInputElement} */ (byId("table-file"));
  const status = byId("table-status");
  const bar = byId("table-progress");
  const by = /** @type {HTMLInputElement} */ (byId("decided-by"));
  const decisions = new Decisions();
  const list = makeOpenNames(map, disc, pins, decisions, showDecided);
  /** @type {File | null} */
  let table = null;
  /** @type {import("./decisions.js").OpenName[]} */
  let names = [];

  /** @param {File} file */
  async function send(file) {
    byId("table-results").hidden = true;
    bar.hidden = false;
    input.disabled = true;
    say(status, `Sending ${file.name}…`);
    let said = performance.now();
    try {
      const statuses = await countStatuses(file, options(), (sent, rows) => {
        if (sent < 1) bar.value = sent;
        else bar.removeAttribute("value"); // how many rows there are is known at the end
        if (performance.now() - said < PAUSE_MS) return;
        said = performance.now();
        say(status, sent < 1 ? `Sent ${percent(sent)} of ${file.name}.` : `${counted(rows, "row")} enriched…`);
      });
      const reader = csvReader(",");
      reader.feed(await (await withDecisions(file, null, { ...options(), format: "review" })).text());
      names = openNames(reader.end());
      table = file;
      say(status, verdict(statuses), "good");
      byId("open-names").hidden = names.length === 0;
      list.show(names);
      showDecided();
      byId("table-results").hidden = false;
      status.scrollIntoView({ block: "start" });
    } catch (error) {
      table = null;
      say(status, /** @type {Error} */ (error).message, "bad");
    }
    bar.hidden = true;
    input.disabled = false;
    input.value = ""; // so that the same file can be sent again once it is mended
  }

  function options() {
    return { neutralise: byId("neutralise").checked, place: byId("place-column").value.trim() };
  }

  function showDecided() {
    const decided = names.filter((name) => decisions.of(name));
    const rows = decided.reduce((sum, name) => sum + name.rows, 0);
    const kept = "They are kept in this tab of the browser until you close it.";
    if (table) say(byId("decided-status"), decided.length ? `${count(decided.length)} of ${counted(names.length, "open name")} decided, in ${counted(rows, "row")}. ${kept}` : `${counted(names.length, "name")} open, those that decide most rows first.`);
    else if (decisions.taken.size) say(byId("kept-status"), `${counted(decisions.taken.size, "decision")} from before are kept in this tab of the browser. Drop the table again to go on.`);
    byId("undo").hidden = decisions.before.length === 0;
    byId("forget").hidden = decided.length === 0;
    byId("review-download").hidden = names.length === 0;
  }

  /** @param {string} ending @param {"review"} [format] */
  async function download(ending, format) {
    if (!table) return;
    const stem = table.name.replace(/\.[^.]*$/, "");
    try {
      save(`${stem}${ending}`, await withDecisions(table, decisions.asReview(names), { ...options(), format }));
      say(byId("download-status"), "");
    } catch (error) {
      say(byId("download-status"), /** @type {Error} */ (error).message, "bad");
    }
  }

  by.value = decisions.by;
  by.addEventListener("change", () => {
    decisions.by = by.value.trim();
    decisions.keep();
  });
  byId("undo").addEventListener("click", () => {
    decisions.undo();
    list.refresh();
    showDecided();
  });
  byId("forget").addEventListener("click", () => {
    decisions.forget();
    list.refresh();
    showDecided();
  });
  byId("table-download").addEventListener("click", () => download(`.enriched${/\.(xlsx|tsv)$/i.exec(table?.name ?? "")?.[0] ?? ".csv"}`));
  byId("review-download").addEventListener("click", () => download(".review.csv", "review"));
  input.addEventListener("change", () => input.files?.[0] && send(input.files[0]));
  showDecided();
  acceptDrops((file) => {
    show();
    send(file);
  });
}

/** @param {Map<string, number>} statuses @returns {string} */
function verdict(statuses) {
  const known = STATUSES.filter(([word]) => statuses.get(word));
  const rows = known.reduce((sum, [word]) => sum + (statuses.get(word) ?? 0), 0); // a row of HXL tags doesn't count
  const parts = known.map(([word, say]) => say(statuses.get(word) ?? 0));
  const hint = 2 * (statuses.get("invalid") ?? 0) > rows ? " If a column has their names, write its header under Options and choose the table again." : "";
  return `${counted(rows, "row")}: ${parts.join(", ")}.${hint}`;
}

/**
 * Take a file dropped anywhere on the page.
 *
 * @param {(file: File) => void} take
 */
function acceptDrops(take) {
  const hasFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    take(file);
  });
}
