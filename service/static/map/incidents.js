/**
 * Incidents: all of them at first, then those within a distance of something, between days, in an area.
 */

import { about, address, get, isOutdated } from "./api.js";
import { certaintyWords } from "./certainty.js";
import { byId, el, say } from "./dom.js";
import { describe, incidentLayer } from "./incident_marks.js";
import { keep, linked, links } from "./link.js";
import { WIDE_M, markIcon } from "./marks.js";
import { daysOf, makeMonths } from "./months.js";
import { aKind, count, counted } from "./words.js";

const INCIDENTS = "/ogc/collections/incidents/items";
/** How many are listed at a time, and in a popup; a box round one position, in degrees. */
const [LISTED, IN_POPUP, CLOSE] = [50, 8, 0.00001];
/** The most that a page of the list has, and so a file. */
const MOST = 10_000;
/** @type {("near" | "within" | "from" | "to" | "area")[]} */
const FIELDS = ["near", "within", "from", "to", "area"];

/**
 * @param {any} map
 * @param {ReturnType<import("./marks.js").makeDisc>} disc
 * @param {ReturnType<import("./lines.js").targetLines>} targets
 * @returns {any} the layer of their marks
 */
export function startIncidents(map, disc, targets) {
  const form = /** @type {HTMLFormElement} */ (byId("incident-form"));
  const status = byId("incident-status");
  /** What was asked, and the month that is looked at. @type {Record<string, string>} */
  let query = {};
  let month = "";
  /** @type {any} */
  let found = null;
  let asking = new AbortController();

  const marks = incidentLayer(map, async ({ position: [latitude, longitude] }) => {
    const bbox = [longitude - CLOSE, latitude - CLOSE, longitude + CLOSE, latitude + CLOSE].map((one) => one.toFixed(6)).join();
    return (await get(INCIDENTS, { ...narrowed(query, month), bbox, limit: IN_POPUP })).features;
  });
  const months = makeMonths(
    { box: byId("months"), slider: byId("month"), output: byId("month-text"), bars: byId("month-bars") },
    (chosen) => {
      keep({ month: chosen });
      show(chosen);
    },
  );

  /** @param {string} chosen */
  function show(chosen) {
    month = found.months.includes(chosen) ? chosen : "";
    marks.show(found, month ? found.months.indexOf(month) : null);
    performance.mark("drawn");
    list(pager(narrowed(query, month), found.summary), disc);
  }

  /** @param {Record<string, string>} asked */
  async function ask(asked, { month: linkedMonth = "", move = true } = {}) {
    asking.abort();
    asking = new AbortController();
    say(status, "Asking…");
    try {
      found = await get("/v1/incidents/spots", asked, asking.signal);
      query = asked;
      say(status, sentence(found.summary, query), "good");
      byId("counts").replaceChildren(...counts(found.summary, query));
      sayHowFacilitiesAreKnown(found.summary, query);
      offerDownloads(query, found.summary);
      months.set(byMonth(found), linkedMonth);
      byId("incident-results").hidden = false;
      show(linkedMonth);
      targets.show(found.lines);
      if (move) {
        disc.clear();
        marks.look();
      }
    } catch (error) {
      if (isOutdated(error)) return;
      marks.show({ spots: {}, areas: [], marks: { spot: [] } }, null);
      targets.show([]);
      byId("incident-results").hidden = true;
      say(status, /** @type {Error} */ (error).message, "bad");
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = askedIn(form);
    keep({ ...Object.fromEntries(FIELDS.map((name) => [name, asked[name] ?? ""])), month: "" });
    ask(asked);
  });
  byId("everything").addEventListener("click", () => {
    keep({ near: "", within: "", from: "", to: "", area: "", month: "" });
    ask({});
  });
  for (const name of FIELDS) if (linked(name)) byId(name).value = linked(name);
  const first = links(...FIELDS) ? Object.fromEntries(FIELDS.map((name) => [name, linked(name)])) : {};
  ask(first, { month: linked("month"), move: false });
  return marks.layer;
}

/** @param {any} found @returns {Map<string, number>} how many incidents each month has */
function byMonth({ months, marks }) {
  const totals = new Map();
  marks.month.forEach((/** @type {number} */ at, /** @type {number} */ row) =>
    totals.set(months[at], (totals.get(months[at]) ?? 0) + marks.incidents[row]));
  return totals;
}

/** @param {Record<string, string>} query @param {string} month @returns {Record<string, string>} of that month only */
function narrowed(query, month) {
  if (!month) return query;
  const { from, to } = daysOf(month);
  return { ...query, from: query.from > from ? query.from : from, to: query.to && query.to < to ? query.to : to };
}

/**
 * The incidents a page at a time, what is certain first.
 *
 * @param {Record<string, string>} query
 * @param {any} summary
 * @returns {() => Promise<{features: any[], isLast: boolean}>}
 */
function pager(query, summary) {
  const rest = query.near ? ["certain", "possible", "unanswerable", "without_position"].filter((one) => summary[one]) : [""];
  let cursor = "";
  return async () => {
    /** @type {any[]} */
    const features = [];
    while (rest.length && features.length < LISTED) {
      const page = await get(INCIDENTS, { ...query, certainty: rest[0], limit: LISTED, cursor });
      features.push(...page.features);
      const next = page.links.find((/** @type {any} */ link) => link.rel === "next");
      cursor = next ? new URL(next.href).searchParams.get("cursor") ?? "" : "";
      if (!cursor) rest.shift();
    }
    return { features, isLast: !rest.length };
  };
}

/** @param {HTMLFormElement} form @returns {Record<string, string>} */
function askedIn(form) {
  const query = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
  if (!query.near) delete query.within; // one needs the other: without anything near, a distance means nothing
  return query;
}

/** @param {any} summary @param {Record<string, string>} query @returns {string} the answer first, then what it leaves open */
function sentence(summary, query) {
  const { incidents, certain, at_target, expected, expected_low, expected_high, undecided } = summary;
  const sentences = [];
  if (query.near) {
    sentences.push(`${count(certain)} of ${counted(incidents, "incident")} ${certain === 1 ? "was" : "were"} certainly within ${query.within} of ${aKind(query.near, nearKinds())}.`);
    if (at_target) sentences.push(`${at_target === certain ? certain === 1 ? "It names" : "All of them name" : `${count(at_target)} of them name${at_target === 1 ? "s" : ""}`} the very place.`);
    if (expected) sentences.push(`Counting each by how likely it is, about ${count(Math.round(expected))} ${Math.round(expected) === 1 ? "was" : "were"}: ${count(expected_low)} to ${count(expected_high)}.`);
  } else sentences.push(`${counted(incidents, "incident")}.`);
  if (undecided) sentences.push(`For ${count(undecided)} more the date or area isn't known well enough to say whether ${undecided === 1 ? "it belongs" : "they belong"}.`);
  return sentences.join(" ");
}

/** @returns {string[]} the kinds that may stand after "of" */
const nearKinds = () => [...byId("near-names").querySelectorAll("option")].map((option) => option.value);

/** @param {any} summary @param {Record<string, string>} query what the sentence doesn't say yet */
function counts(summary, query) {
  if (!query.near) return [];
  const rows = [
    ["possible", certaintyWords("possible"), summary.possible],
    ["unanswerable", certaintyWords("unanswerable"), summary.unanswerable],
    ["", certaintyWords(""), summary.without_position],
    ["", "not near", summary.no],
  ];
  return rows.filter(([, , number]) => number).map(([kind, words, number]) => el(
    "div", {},
    el("dt", {}, kind ? markIcon(kind) : el("span", { class: "mark-icon" }), words),
    el("dd", {}, count(number)),
  ));
}

/**
 * Many facilities are known only by their town: who counts near them should read it.
 *
 * @param {any} summary
 * @param {Record<string, string>} query
 */
async function sayHowFacilitiesAreKnown(summary, query) {
  const hint = byId("facility-hint");
  hint.textContent = "";
  if (!query.near || summary.targets < 2) return;
  const { position_words } = await about();
  const kind = query.near.toLowerCase();
  hint.textContent = position_words.filter((/** @type {string} */ words) => kind === "facility" || words.includes(kind)).join("; ");
}

/** @param {Record<string, string>} query @param {any} summary */
function offerDownloads(query, { incidents, no }) {
  byId("download-hint").textContent = incidents - (no ?? 0) > MOST
    ? `The files hold the first ${count(MOST)}: ask for fewer days or a smaller area to have the others.` : "";
  byId("download-csv").href = address(INCIDENTS, { ...query, f: "csv", neutralise: "true" });
  byId("download-geojson").href = address(INCIDENTS, { ...query, f: "json" });
}

/**
 * The incidents in words, for those who can't see the marks: some, and more on request.
 *
 * @param {ReturnType<typeof pager>} next
 * @param {ReturnType<import("./marks.js").makeDisc>} disc
 */
async function list(next, disc) {
  const box = byId("incident-list");
  box.next = next;
  const { features, isLast } = await next();
  if (box.next !== next) return; // another list was asked for meanwhile
  const item = (/** @type {any} */ feature) => el("li", {}, row(feature, disc));
  box.replaceChildren(...features.map(item));
  if (isLast) return;
  const more = el("button", { type: "button", class: "quiet", click: async () => {
    const page = await next();
    const added = page.features.map(item);
    more.parentElement?.before(...added);
    if (page.isLast) more.parentElement?.remove();
    /** @type {HTMLElement | null} */ (added[0]?.querySelector("button"))?.focus();
  } }, "Show more");
  box.append(el("li", {}, more));
}

/** @param {any} feature @param {ReturnType<import("./marks.js").makeDisc>} disc */
function row(feature, disc) {
  const { incident_certainty: kind, incident_places: places, incident_uncertainty_m } = feature.properties;
  const lines = el("span", { class: "lines" }, ...describe(feature));
  const isWide = incident_uncertainty_m > WIDE_M; // no point there either
  const icon = kind === "" ? el("span", { class: "mark-icon" }) : markIcon(isWide ? "halo" : kind ?? "incident");
  if (!feature.geometry) return el("div", { class: "candidate" }, el("span", { class: "mark-icon" }), lines);
  const [longitude, latitude] = feature.geometry.coordinates;
  const show = () => disc.show(...(places.length ? places : [{ latitude, longitude, uncertainty_m: incident_uncertainty_m }]));
  return el("button", { type: "button", class: "candidate", click: show }, icon, lines);
}
