/**
 * Areas from the gazetteer: the base map that needs no network. The nearer one looks, the smaller the areas.
 *
 * A gazetteer file without polygons still has the areas' points: then there are labels over a
 * graticule.
 */

import { get } from "./api.js";
import { L, linkedView } from "./base.js";
import { refineOnZoom } from "./detail.js";
import { label } from "./labels.js";

const AREAS = "/ogc/collections/areas/items";
/** Zoom from which each level is drawn, and from which its labels give way to those of the next. */
const LEVELS = [
  { level: 1, from: 0, labelsUntil: 9 },
  { level: 2, from: 9, labelsUntil: 10.5 },
  { level: 3, from: 10.5, labelsUntil: 0 }, // named after its town, whose name is there
];

/** Where each level stands among the towns, of which the most important is 0. @type {Record<number, number>} */
const RANKS = { 1: 4.5, 2: 30.5, 3: 99 };

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
  const refine = refineOnZoom(map, () => [...drawn.values()].flatMap(({ shapes }) => shapes?.getLayers() ?? []), AREAS);
  const update = () => {
    showLevels(map, layer, drawn, update);
    refine();
  };
  map.on("zoomend", update);
  layer.on("add", update);
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
    const className = `level-${level}${geometry ? "" : " dotted"}`;
    label(properties, className, RANKS[level], { both: level < 3 }).addTo(labels);
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
