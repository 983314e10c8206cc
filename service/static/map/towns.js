/**
 * Towns by importance: of those in view the most important, as many as have room for their names.
 */

import { get, isOutdated } from "./api.js";
import { L } from "./base.js";
import { label } from "./labels.js";

export const PLACES = "/ogc/collections/places/items";
/** As many are asked for; on a wide screen not all of their names find room. */
const LIMIT = 120;
const CITY = 100_000;

/**
 * @param {any} map
 * @returns {any} a layer that asks for the towns in view while it is shown
 */
export function townLayer(map) {
  const layer = L.layerGroup();
  /** What was asked for last, and whether it has all towns that are there. @type {{bounds: any, isWhole: boolean} | null} */
  let held = null;
  let asking = new AbortController();

  async function update() {
    const view = map.getBounds();
    if (!map.hasLayer(layer) || (held?.isWhole && held.bounds.contains(view))) return;
    asking.abort();
    asking = new AbortController();
    const bounds = view.pad(0.1);
    try {
      const query = { kind: "settlement", order: "importance", limit: LIMIT, bbox: boxOf(bounds) };
      const found = await get(PLACES, query, asking.signal);
      held = { bounds, isWhole: found.numberReturned === found.numberMatched };
      layer.clearLayers();
      found.features.forEach(add);
    } catch (error) {
      if (!isOutdated(error)) held = null; // the next move asks again
    }
  }

  /** @param {any} feature @param {number} at */
  function add({ properties }, at) {
    label(properties, properties.population >= CITY ? "town city" : "town", at).addTo(layer);
  }

  let waiting = 0;
  map.on("moveend", () => {
    clearTimeout(waiting);
    waiting = setTimeout(update, 150);
  });
  layer.on("add", update);
  return layer;
}

/** @param {any} bounds @returns {string} west,south,east,north, within the earth */
export function boxOf(bounds) {
  const east = (/** @type {number} */ degrees) => Math.min(Math.max(degrees, -180), 180).toFixed(3);
  const north = (/** @type {number} */ degrees) => Math.min(Math.max(degrees, -90), 90).toFixed(3);
  return [east(bounds.getWest()), north(bounds.getSouth()), east(bounds.getEast()), north(bounds.getNorth())].join();
}
