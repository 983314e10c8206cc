/**
 * Incidents on the map: as points only where they are known as points.
 *
 * One is a mark, several at a position are a count, and many close together become one count until one looks
 * closer. Round each lies a halo, as far as it may be off. What is known to no better than 25 km has no mark:
 * it is a count written across its area, or across its wide disc.
 */

import { L } from "./base.js";
import { CERTAINTIES, certaintyWords } from "./certainty.js";
import { el } from "./dom.js";
import { nameOf } from "./labels.js";
import { WIDE_M, countIcon, halo, mark, totalOf } from "./marks.js";
import { count, counted, generalised, length, percent, range } from "./words.js";

/** From this zoom on every position stands for itself. */
const APART = 12;
/** A disc beyond this would lie over the whole country: its count says it. */
const VAST_M = 150_000;
/** In a count what is certain comes first. */
const KINDS = [...CERTAINTIES, "incident"];

/**
 * Incidents at one position, or in one area.
 *
 * @typedef {{position: [number, number], radius_m: number, area: any, counts: Record<string, number>}} Spot
 */

/**
 * @param {any} map
 * @param {(spot: Spot) => Promise<any[]>} look asks for the first incidents at a spot
 * @returns {{layer: any, show: (found: any, month: number | null) => void, look: () => void}} `look` moves the
 *   map to them
 */
export function incidentLayer(map, look) {
  L.MarkerCluster.mergeOptions({ keyboard: false }); // drawings: the list says the same in words
  const clusters = L.markerClusterGroup({
    animate: false,
    clusterPane: "incidents",
    disableClusteringAtZoom: APART,
    iconCreateFunction: (/** @type {any} */ cluster) => countIcon(sum(cluster.getAllChildMarkers().map((/** @type {any} */ one) => one.counts))),
    maxClusterRadius: 36,
    showCoverageOnHover: false,
    spiderfyOnMaxZoom: false,
  });
  clusters.on("clustermouseover", (/** @type {any} */ { layer: cluster }) => {
    const counts = sum(cluster.getAllChildMarkers().map((/** @type {any} */ one) => one.counts));
    cluster.bindTooltip(inWords(counts)).openTooltip();
  });
  const wide = L.featureGroup();
  const layer = L.layerGroup([wide, clusters]);

  return {
    layer,
    show(found, month) {
      clusters.clearLayers();
      wide.clearLayers();
      const spots = together(found, month);
      clusters.addLayers(spots.filter(({ radius_m }) => radius_m <= WIDE_M).map((spot) => point(spot, look)));
      for (const spot of spots.filter(({ radius_m }) => radius_m > WIDE_M)) somewhere(spot).addTo(wide);
    },
    look() {
      const bounds = L.latLngBounds([]).extend(clusters.getBounds()).extend(wide.getBounds());
      if (bounds.isValid()) map.fitBounds(bounds.pad(0.2), { maxZoom: 11 });
    },
  };
}

/**
 * What the service gives in columns, as spots: those of a position together, and those of a wide area.
 *
 * @param {any} found
 * @param {number | null} month its number; null for all
 * @returns {Spot[]}
 */
function together({ spots, areas, marks }, month) {
  /** @type {Map<string, Spot>} */
  const held = new Map();
  marks.spot.forEach((/** @type {number} */ at, /** @type {number} */ row) => {
    if (at < 0 || (month !== null && marks.month[row] !== month)) return;
    const area = areas[marks.area[row]] ?? null;
    /** @type {[number, number]} */
    const position = area ? [area.latitude, area.longitude] : [spots.latitude[at], spots.longitude[at]];
    const key = `${position} ${area?.pcode ?? ""}`;
    const spot = held.get(key) ?? { position, radius_m: 0, area, counts: {} };
    const kind = marks.certainty[row] || "incident";
    spot.counts[kind] = (spot.counts[kind] ?? 0) + marks.incidents[row];
    spot.radius_m = Math.max(spot.radius_m, spots.uncertainty_m[at]);
    held.set(key, spot);
  });
  return [...held.values()];
}

/** @param {Record<string, number>[]} several @returns {Record<string, number>} */
function sum(several) {
  /** @type {Record<string, number>} */
  const total = {};
  for (const kind of KINDS) {
    const number = several.reduce((all, counts) => all + (counts[kind] ?? 0), 0);
    if (number) total[kind] = number;
  }
  return total;
}

/** @param {Record<string, number>} counts @returns {string} "5 incidents: 3 certainly near, 2 possibly near" */
function inWords(counts) {
  const parts = Object.entries(counts).filter(([kind]) => kind !== "incident");
  const words = parts.map(([kind, number]) => `${count(number)} ${certaintyWords(kind)}`).join(", ");
  return words ? `${counted(totalOf(counts), "incident")}: ${words}` : counted(totalOf(counts), "incident");
}

/**
 * A mark, or a count. What belongs to it is made when it is shown: there may be thousands that aren't.
 *
 * @param {Spot} spot
 * @param {(spot: Spot) => Promise<any[]>} look
 */
function point(spot, look) {
  const { position, radius_m } = spot;
  const counts = sum([spot.counts]);
  const [kind] = Object.keys(counts);
  const drawn = totalOf(counts) > 1
    ? L.marker(position, { icon: countIcon(counts), keyboard: false, pane: "incidents" })
    : mark(position, /** @type {any} */ (kind), 5);
  drawn.counts = counts;
  /** @type {any} */
  let round = null;
  drawn.on("add", () => {
    if (!round) {
      round = halo(position, kind, radius_m);
      drawn.bindTooltip(`${inWords(counts)}${radius_m ? `, known to within ${length(radius_m)}` : ""}`);
      offerPopup(drawn, () => look(spot));
    }
    round.addTo(drawn._map);
  });
  return drawn.on("remove", () => round.remove());
}

/** @param {any} drawn @param {() => Promise<any[]>} look */
function offerPopup(drawn, look) {
  const box = el("div", {}, el("p", { class: "detail" }, "Asking…"));
  drawn.bindPopup(box).on("popupopen", async () => {
    try {
      const some = await look();
      const rest = totalOf(drawn.counts) - some.length;
      box.replaceChildren(
        ...some.map((feature) => el("div", { class: "in-popup" }, ...describe(feature))),
        rest > 0 ? el("p", { class: "detail" }, `and ${counted(rest, "other")} here`) : "",
      );
    } catch (error) {
      box.replaceChildren(/** @type {Error} */ (error).message);
    }
    drawn.getPopup()?.update();
  });
}

/**
 * A count across an area, or across a disc where no area is known.
 *
 * @param {Spot} spot
 */
function somewhere({ position, radius_m, area, counts }) {
  const where = area ? ["in ", el("bdi", {}, nameOf(area))] : [`known only to ${length(radius_m)}`];
  const icon = L.divIcon({ html: el("span", {}, `${count(totalOf(counts))} `, ...where), className: "somewhere", iconSize: null });
  const sentence = `${inWords(counts)}, known only to lie somewhere ${area ? `in ${nameOf(area)}` : `within ${length(radius_m)} of here`}.`;
  const drawn = L.marker(position, { icon, keyboard: false, pane: "top" }).bindPopup(el("p", {}, sentence));
  return area || radius_m > VAST_M ? drawn : L.featureGroup([halo(position, "incident", radius_m), drawn]);
}

/**
 * What an incident without a place name is called: by the cell in whose middle it is shown.
 *
 * @param {any} properties
 * @returns {string}
 */
function nowhereName({ incident_generalised_to_deg: side }) {
  return side ? `In a cell of ${side}°` : "No place name";
}

/**
 * An incident in two lines. One without a place name is called by its kind, as all are below tier full.
 *
 * @param {any} feature
 * @returns {HTMLElement[]}
 */
export function describe({ properties, geometry }) {
  const certainty = certaintyWords(properties.incident_certainty);
  const radius = properties.incident_uncertainty_m;
  const parts = [];
  if (certainty) parts.push(certainty);
  if (properties.incident_at_target) parts.push(`at ${properties.incident_nearest_name}, which it names`);
  else if (properties.incident_nearest_name)
    parts.push(`${range(properties.incident_min_m, properties.incident_max_m)} from ${properties.incident_nearest_name}${generalised(properties.incident_nearest_generalised_to_deg)}`);
  if (properties.incident_certainty === "possible" && properties.incident_probability !== null)
    parts.push(`probability ${percent(properties.incident_probability)}`);
  if (properties.incident_places.length) parts.push(counted(properties.incident_places.length, "place"));
  if (geometry) parts.push(radius ? `known to within ${length(radius)}${generalised(properties.incident_generalised_to_deg)}` : "taken as exact");
  else if (!certainty) parts.push("without a position");
  for (const word of ["killed", "injured"])
    if (/^[1-9]\d*$/.test(properties[word] ?? "")) parts.push(`${count(Number(properties[word]))} ${word}`);
  return [
    el("span", { class: "names" }, el("bdi", { class: "name" }, properties.incident_place || properties.kind || nowhereName(properties)),
      el("span", {}, properties.incident_date ?? "no date")),
    el("span", { class: "detail" }, parts.join(" · ")),
  ];
}
