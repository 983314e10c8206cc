/**
 * A table dropped onto the page: enriched, its ambiguous places chosen by hand, downloaded again.
 */

import { get } from "./api.js";
import { ambiguities, withChoices } from "./choices.js";
import { writeCsv } from "./csv.js";
import { byId, el, say } from "./dom.js";
import { enrich } from "./upload.js";
import { count, counted, generalised, percent, whereabouts } from "./words.js";

const SHOWN = 20;
/** Between two sentences on the progress: a screen reader reads each of them out. */
const PAUSE_MS = 1500;
const STATUSES = ["resolved", "several", "ambiguous", "unresolved", "invalid"];

/**
 * @param {ReturnType<import("./marks.js").makeDisc>} disc
 * @param {() => void} show shows this tab
 */
export function startTable(disc, show) {
  const input = /** @type {HTMLInputElement} */ (byId("table-file"));
  const status = byId("table-status");
  const bar = byId("table-progress");
  /** @type {import("./upload.js").Enriched | null} */
  let table = null;
  let name = "";
  /** @type {Map<import("./choices.js").Ambiguity, any>} */
  const choices = new Map();

  /** @param {File} file */
  async function send(file) {
    choices.clear();
    byId("table-results").hidden = true;
    bar.hidden = false;
    input.disabled = true;
    say(status, `Sending ${file.name}…`);
    let said = performance.now();
    try {
      const options = { neutralise: byId("neutralise").checked, place: byId("place-column").value.trim() };
      table = await enrich(file, options, (sent, rows) => {
        if (sent < 1) bar.value = sent;
        else bar.removeAttribute("value"); // how many rows there are is known at the end
        if (performance.now() - said < PAUSE_MS) return;
        said = performance.now();
        say(status, sent < 1 ? `Sent ${percent(sent)} of ${file.name}.` : `${counted(rows, "row")} enriched…`);
      });
      name = file.name.replace(/\.[^.]*$/, "");
      showResults(table);
    } catch (error) {
      table = null;
      say(status, /** @type {Error} */ (error).message, "bad");
    }
    bar.hidden = true;
    input.disabled = false;
    input.value = ""; // so that the same file can be sent again once it is mended
  }

  /** @param {import("./upload.js").Enriched} found */
  function showResults(found) {
    const at = found.header.indexOf("gaz_status");
    const totals = new Map(STATUSES.map((word) => [word, 0]));
    for (const row of found.rows) if (totals.has(row[at])) totals.set(row[at], (totals.get(row[at]) ?? 0) + 1);
    const rows = [...totals.values()].reduce((sum, number) => sum + number, 0); // a row of HXL tags doesn't count
    say(status, `${counted(rows, "row")} enriched.`, "good");
    byId("table-counts").replaceChildren(...[...totals].map(
      ([word, number]) => el("div", {}, el("dt", {}, word), el("dd", {}, count(number))),
    ));
    showAmbiguities(ambiguities(found));
    byId("table-results").hidden = false;
  }

  /** @param {import("./choices.js").Ambiguity[]} open */
  function showAmbiguities(open) {
    byId("ambiguous").hidden = open.length === 0;
    const body = byId("ambiguous-rows");
    body.replaceChildren();
    const more = byId("ambiguous-more");
    let shown = 0;
    const showMore = () => {
      for (const one of open.slice(shown, shown + SHOWN)) body.append(ambiguityRow(one, body.children.length, disc, choose));
      shown = Math.min(shown + SHOWN, open.length);
      more.hidden = shown === open.length;
      more.textContent = `Show more (${count(open.length - shown)} left)`;
    };
    more.onclick = showMore;
    showMore();
  }

  /** @param {import("./choices.js").Ambiguity} ambiguity @param {any} place null for none */
  function choose(ambiguity, place) {
    if (place) choices.set(ambiguity, place);
    else choices.delete(ambiguity);
    const rows = [...choices.keys()].reduce((sum, one) => sum + one.rows.length, 0);
    say(byId("chosen-status"), rows ? `${counted(rows, "row")} chosen by hand.` : "");
  }

  input.addEventListener("change", () => input.files?.[0] && send(input.files[0]));
  byId("table-download").addEventListener("click", () => {
    if (table) save(`${name}.enriched.csv`, writeCsv(withChoices(table, choices), table.delimiter));
  });
  acceptDrops((file) => {
    show();
    send(file);
  });
}

/**
 * A text and the radio buttons of its candidates.
 *
 * @param {import("./choices.js").Ambiguity} ambiguity
 * @param {number} number
 * @param {ReturnType<import("./marks.js").makeDisc>} disc
 * @param {(ambiguity: import("./choices.js").Ambiguity, place: any) => void} choose
 */
function ambiguityRow(ambiguity, number, disc, choose) {
  const { text, alternatives, rows } = ambiguity;
  const radio = (/** @type {string} */ words, /** @type {HTMLElement | null} */ detail, /** @type {() => void} */ change, checked = false) => el(
    "label", { class: "choice" },
    el("input", { type: "radio", name: `ambiguous-${number}`, checked, change }),
    el("span", {}, el("bdi", { class: "name" }, words), detail),
  );
  const options = alternatives.map((one) => {
    const detail = el("span", { class: "detail" }, percent(one.confidence));
    /** @type {Promise<any>} */
    const details = get(`/v1/places/${encodeURIComponent(one.place_id)}`);
    const option = radio(one.name, detail, async () => {
      const place = await details;
      choose(ambiguity, place);
      disc.show(place);
    });
    details.then(
      (place) => detail.prepend(`${whereabouts(place)}${generalised(place.generalised_to_deg)} · `),
      () => { // a position computed from the text isn't a place with a radius to look up
        /** @type {HTMLInputElement} */ (option.querySelector("input")).disabled = true;
        detail.prepend("computed, can't be chosen · ");
      },
    );
    return option;
  });
  return el(
    "tr", {},
    el("th", { scope: "row" }, el("bdi", {}, text || "(text unknown)"), el("span", { class: "detail" }, counted(rows.length, "row"))),
    el("td", {}, el(
      "fieldset", {}, el("legend", { class: "unseen" }, `What does ${text} mean?`), ...options,
      radio("None of these", null, () => choose(ambiguity, null), true),
    )),
  );
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

/** @param {string} name @param {string} text */
function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
