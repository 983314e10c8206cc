/**
 * Incidents on the map: one mark for each position and certainty, larger where there are more.
 */

import { L } from "./base.js";
import { el } from "./dom.js";
import { mark } from "./marks.js";
import { certaintyWords, kindOf } from "./certainty.js";
import { count, counted, generalised, length, percent, range } from "./words.js";

const LISTED = 8;
/** Drawn in this order, so that what is certain lies on top. @type {Record<string, number>} */
const ORDER = { unanswerable: 0, possible: 1, incident: 2, certain: 3 };

/**
 * @param {any} map
 * @returns {{layer: any, show: (features: any[]) => void, look: () => void}} `look` moves the map to them
 */
export function incidentLayer(map) {
  const layer = L.featureGroup();
  return {
    layer,
    show(features) {
      layer.clearLayers();
      const spots = [...bySpot(features).values()].sort((a, b) => ORDER[kindOf(a[0])] - ORDER[kindOf(b[0])]);
      for (const spot of spots) draw(spot).addTo(layer);
    },
    look() {
      const bounds = layer.getBounds();
      if (bounds.isValid()) map.fitBounds(bounds.pad(0.2), { maxZoom: 11 });
    },
  };
}

/** @param {any[]} features @returns {Map<string, any[]>} */
function bySpot(features) {
  const spots = new Map();
  for (const feature of features) {
    if (!feature.geometry) continue;
    const key = `${kindOf(feature)} ${feature.geometry.coordinates}`;
    if (spots.has(key)) spots.get(key).push(feature);
    else spots.set(key, [feature]);
  }
  return spots;
}

/** @param {any[]} spot */
function draw(spot) {
  const [longitude, latitude] = spot[0].geometry.coordinates;
  const kind = kindOf(spot[0]);
  const radius = Math.min(5 + 2 * Math.log2(spot.length), 18);
  const title = el("bdi", {}, spotName(spot[0].properties));
  return mark([latitude, longitude], kind, radius)
    .bindTooltip(el("span", {}, title, `: ${counted(spot.length, "incident")}`))
    .bindPopup(() => popup(spot));
}

/** @param {any[]} spot */
function popup(spot) {
  const rest = spot.length - LISTED;
  return el(
    "div", {},
    ...spot.slice(0, LISTED).map((feature) => el("div", { class: "in-popup" }, ...describe(feature))),
    rest > 0 ? el("p", { class: "detail" }, `and ${counted(rest, "other")} here`) : null,
  );
}

/**
 * What the incidents at one spot have in common: a place, or the cell in whose middle they are shown.
 *
 * @param {any} properties
 * @returns {string}
 */
function spotName({ incident_place: place, incident_generalised_to_deg: side }) {
  return place || (side ? `In a cell of ${side}°` : "No place name");
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
    el("span", { class: "names" }, el("bdi", { class: "name" }, properties.incident_place || properties.kind || spotName(properties)),
      el("span", {}, properties.incident_date ?? "no date")),
    el("span", { class: "detail" }, parts.join(" · ")),
  ];
}
