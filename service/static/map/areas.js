/**
 * Areas from the gazetteer: the base map that needs no network. The nearer one looks, the smaller the areas.
 *
 * A gazetteer file without polygons still has the areas' points: then there are labels over a
 * graticule.
 */

import { get } from "./api.js";
import { L, linkedView } from "./base.js";
import { el } from "./dom.js";

const AREAS = "/ogc/collections/areas/items";
/** Zoom from which each level is drawn, and from which its labels give way to those of the next. */
const LEVELS = [
  { level: 1, from: 0, labelsUntil: 9 },
  { level: 2, from: 9, labelsUntil: 10.5 },
  { level: 3, from: 10.5, labelsUntil: 99 },
];

/**
 * Draw the areas and keep up with the zoom.
 *
 * @param {any} map
 * @returns {Promise<{layer: any, governorates: any[]}>} settled when the governorates are drawn and the
 *   map has a view
 */
export async function drawAreas(map) {
  const layer = L.layerGroup();
  const first = await get(AREAS, { level: 1 });
  const drawn = new Map([[1, drawLevel(first, 1)]]);
  const hasShapes = first.features.some((/** @type {any} */ one) => one.geometry);
  const bounds = boundsOf(first, hasShapes);
  if (!hasShapes) graticule(bounds.pad(0.5)).addTo(layer);
  if (!linkedView()) map.fitBounds(bounds, { animate: false, paddingBottomRight: [0, 36] }); // above the scale
  const update = () => showLevels(map, layer, drawn, update);
  map.on("zoomend", update);
  layer.on("add", () => setTimeout(update)); // labels are measured once they are in the page
  return { layer, governorates: first.features };
}

/**
 * @param {any} map
 * @param {any} layer
 * @param {Map<number, any>} drawn the levels that were asked for; empty until they are here
 * @param {() => void} update called when another level is here
 */
function showLevels(map, layer, drawn, update) {
  const zoom = map.getZoom();
  for (const { level, from, labelsUntil } of LEVELS) {
    if (zoom >= from && !drawn.has(level)) {
      drawn.set(level, {});
      get(AREAS, { level }).then(
        (collection) => {
          drawn.set(level, drawLevel(collection, level));
          update();
        },
        () => drawn.delete(level), // the next zoom asks again
      );
    }
    const { shapes, labels } = drawn.get(level) ?? {};
    if (shapes) toggle(layer, shapes, zoom >= from);
    if (labels) toggle(layer, labels, zoom >= from && zoom < labelsUntil);
  }
  if (map.hasLayer(layer)) thinOut(map);
}

/** @param {any} group @param {any} layer @param {boolean} isShown */
function toggle(group, layer, isShown) {
  if (isShown && !group.hasLayer(layer)) group.addLayer(layer);
  if (!isShown && group.hasLayer(layer)) group.removeLayer(layer);
}

/**
 * @param {any} collection
 * @param {number} level
 */
function drawLevel(collection, level) {
  const labels = L.layerGroup();
  for (const { geometry, properties } of collection.features) {
    const text = el(
      "span", {}, properties.name,
      level < 3 ? el("span", { class: "arabic", lang: "ar", dir: "rtl" }, properties.name_ar) : null,
    );
    const icon = L.divIcon({ html: text, className: `area-label level-${level}${geometry ? "" : " dotted"}`, iconSize: null });
    L.marker([properties.latitude, properties.longitude], { icon, interactive: false, keyboard: false, pane: "labels" })
      .addTo(labels);
  }
  const shapes = L.geoJSON(collection, {
    pane: "areas",
    interactive: false,
    filter: (/** @type {any} */ one) => one.geometry !== null,
    style: { className: `area level-${level}` },
  });
  return { shapes, labels };
}

/** @param {any} collection @param {boolean} hasShapes */
function boundsOf(collection, hasShapes) {
  if (hasShapes) return L.geoJSON(collection).getBounds();
  const points = collection.features.map((/** @type {any} */ { properties }) => [properties.latitude, properties.longitude]);
  return L.latLngBounds(points).pad(0.15);
}

/**
 * Lines a degree apart.
 *
 * @param {any} bounds
 */
function graticule(bounds) {
  const lines = L.layerGroup();
  const [south, north] = [Math.floor(bounds.getSouth()), Math.ceil(bounds.getNorth())];
  const [west, east] = [Math.floor(bounds.getWest()), Math.ceil(bounds.getEast())];
  const options = { className: "graticule", interactive: false, pane: "areas" };
  for (let at = south; at <= north; at += 1) L.polyline([[at, west], [at, east]], options).addTo(lines);
  for (let at = west; at <= east; at += 1) L.polyline([[south, at], [north, at]], options).addTo(lines);
  return lines;
}

/**
 * Hide the labels that would lie on another.
 *
 * @param {any} map
 */
function thinOut(map) {
  const labels = /** @type {HTMLElement[]} */ ([...map.getPane("labels").querySelectorAll(".area-label")]);
  for (const label of labels) label.classList.remove("hidden");
  const boxes = labels.map((label) => label.firstElementChild?.getBoundingClientRect());
  /** @type {DOMRect[]} */
  const taken = [];
  labels.forEach((label, at) => {
    const box = boxes[at];
    if (!box) return;
    const isFree = taken.every(
      (other) => box.right < other.left || other.right < box.left || box.bottom < other.top || other.bottom < box.top,
    );
    if (isFree) taken.push(box);
    else label.classList.add("hidden");
  });
}
