/**
 * Incidents: all of them at first, then those within a distance of something, between days, in an area.
 */

import { address, get, isOutdated } from "./api.js";
import { CERTAINTIES, certaintyWords } from "./certainty.js";
import { byId, el, say } from "./dom.js";
import { describe } from "./incident_marks.js";
import { keep, linked, links } from "./link.js";
import { markIcon } from "./marks.js";
import { makeMonths, monthOf } from "./months.js";
import { count, counted } from "./words.js";

const INCIDENTS = "/ogc/collections/incidents/items";
const LISTED = 50;
/** @type {("near" | "within" | "from" | "to" | "area")[]} */
const FIELDS = ["near", "within", "from", "to", "area"];

/**
 * @param {ReturnType<import("./incident_marks.js").incidentLayer>} marks
 * @param {ReturnType<import("./marks.js").makeDisc>} disc
 */
export function startIncidents(marks, disc) {
  const form = /** @type {HTMLFormElement} */ (byId("incident-form"));
  const status = byId("incident-status");
  /** @type {any[]} */
  let features = [];
  let asking = new AbortController();

  const months = makeMonths(
    { box: byId("months"), slider: byId("month"), output: byId("month-text"), bars: byId("month-bars") },
    (month) => {
      keep({ month });
      show(month);
    },
  );

  /** @param {string} month */
  function show(month) {
    const shown = month ? features.filter((one) => monthOf(one) === month) : features;
    marks.show(shown);
    list(shown, disc);
  }

  /** @param {Record<string, string>} query */
  async function ask(query, { month = "", move = true } = {}) {
    asking.abort();
    asking = new AbortController();
    say(status, "Asking…");
    try {
      const found = await get(INCIDENTS, query, asking.signal);
      features = found.features.sort(byCertainty);
      say(status, sentence(found, query), found.features.length < found.numberMatched ? "unsure" : "good");
      byId("counts").replaceChildren(...counts(found.summary, query));
      offerDownloads(query);
      months.set(features, month);
      byId("incident-results").hidden = false;
      show(month);
      if (move) {
        disc.clear();
        marks.look();
      }
    } catch (error) {
      if (isOutdated(error)) return;
      features = [];
      marks.show([]);
      byId("incident-results").hidden = true;
      say(status, /** @type {Error} */ (error).message, "bad");
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const query = asked(form);
    keep({ ...Object.fromEntries(FIELDS.map((name) => [name, query[name] ?? ""])), month: "" });
    ask(query);
  });
  byId("everything").addEventListener("click", () => {
    keep({ near: "", within: "", from: "", to: "", area: "", month: "" });
    ask({});
  });
  for (const name of FIELDS) if (linked(name)) byId(name).value = linked(name);
  const first = links(...FIELDS) ? Object.fromEntries(FIELDS.map((name) => [name, linked(name)])) : {};
  ask(first, { month: linked("month"), move: false });
}

/** @param {HTMLFormElement} form @returns {Record<string, string>} */
function asked(form) {
  const query = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
  if (!query.near) delete query.within; // one needs the other: without anything near, a distance means nothing
  return query;
}

/** @param {any} a @param {any} b */
function byCertainty(a, b) {
  return CERTAINTIES.indexOf(a.properties.incident_certainty) - CERTAINTIES.indexOf(b.properties.incident_certainty);
}

/** @param {any} found @param {Record<string, string>} query @returns {string} */
function sentence({ features, summary, numberMatched }, query) {
  const what = query.near
    ? `${count(summary.at_target)} at a place that they name, ${count(summary.certain - summary.at_target)} more certainly and ${count(summary.possible)} possibly within ${query.within} of ${query.near}, of ${counted(summary.incidents, "incident")}.`
    : `${counted(summary.incidents, "incident")}.`;
  const left = summary.undecided ? ` For ${count(summary.undecided)} more the date or area isn't known well enough to say whether they belong.` : "";
  const cut = features.length < numberMatched ? ` Only the first ${count(features.length)} are shown and downloaded: ask for fewer days or a smaller area.` : "";
  return what + left + cut;
}

/** @param {any} summary @param {Record<string, string>} query */
function counts(summary, query) {
  if (!query.near) return [];
  const rows = [
    ["certain", certaintyWords("certain"), summary.certain],
    ["possible", certaintyWords("possible"), summary.possible],
    ["unanswerable", certaintyWords("unanswerable"), summary.unanswerable],
    ["", certaintyWords(""), summary.without_position],
    ["", "not near", summary.no],
  ];
  return rows.map(([kind, words, number]) => el(
    "div", {},
    el("dt", {}, kind ? markIcon(kind) : el("span", { class: "mark-icon" }), words),
    el("dd", {}, count(number)),
  ));
}

/** @param {Record<string, string>} query */
function offerDownloads(query) {
  byId("download-csv").href = address(INCIDENTS, { ...query, f: "csv", neutralise: "true" });
  byId("download-geojson").href = address(INCIDENTS, { ...query, f: "json" });
}

/**
 * The incidents in words, for those who can't see the marks: some, and the rest on request.
 *
 * @param {any[]} shown
 * @param {ReturnType<import("./marks.js").makeDisc>} disc
 */
function list(shown, disc) {
  const box = byId("incident-list");
  const item = (/** @type {any} */ feature) => el("li", {}, row(feature, disc));
  box.replaceChildren(...shown.slice(0, LISTED).map(item));
  const rest = shown.length - LISTED;
  if (rest <= 0) return;
  const more = el("button", { type: "button", class: "quiet", click: () => {
    const from = box.children.length - 1;
    more.parentElement?.replaceWith(...shown.slice(from).map(item));
    /** @type {HTMLElement | null} */ (box.children[from]?.querySelector("button"))?.focus();
  } }, `Show ${counted(rest, "more", "more")}`);
  box.append(el("li", {}, more));
}

/** @param {any} feature @param {ReturnType<import("./marks.js").makeDisc>} disc */
function row(feature, disc) {
  const { incident_certainty: kind, incident_places: places, incident_uncertainty_m } = feature.properties;
  const lines = el("span", { class: "lines" }, ...describe(feature));
  const icon = kind === "" ? el("span", { class: "mark-icon" }) : markIcon(kind ?? "incident");
  if (!feature.geometry) return el("div", { class: "candidate" }, el("span", { class: "mark-icon" }), lines);
  const [longitude, latitude] = feature.geometry.coordinates;
  const show = () => disc.show(...(places.length ? places : [{ latitude, longitude, uncertainty_m: incident_uncertainty_m }]));
  return el("button", { type: "button", class: "candidate", click: show }, icon, lines);
}
