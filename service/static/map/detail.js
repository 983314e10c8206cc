/**
 * Shapes in full once one looks closely: each that is in view is asked for once, and takes the coarse one's place.
 */

import { get } from "./api.js";
import { L } from "./base.js";

/** From this zoom on a pixel is finer than the coarse shapes. */
const CLOSE = 10;
/** How deep the positions lie in the coordinates. @type {Record<string, number>} */
const DEPTH = { LineString: 0, MultiLineString: 1, Polygon: 1, MultiPolygon: 2 };

/**
 * @param {any} map
 * @param {() => any[]} shapes the lines and polygons that are drawn now, each with its feature
 * @param {string} path of the items that they are
 * @returns {() => void} looks again, for when other shapes are drawn
 */
export function refineOnZoom(map, shapes, path) {
  const update = () => {
    if (map.getZoom() < CLOSE) return;
    const view = map.getBounds();
    for (const shape of shapes()) {
      if (!shape.isFull && map.hasLayer(shape) && shape.getBounds().intersects(view)) refine(shape);
    }
  };

  /** @param {any} shape */
  async function refine(shape) {
    shape.isFull = true;
    try {
      const { geometry } = await get(`${path}/${encodeURIComponent(shape.feature.id)}`, { shape: "full" });
      shape.setLatLngs(L.GeoJSON.coordsToLatLngs(geometry.coordinates, DEPTH[geometry.type]));
    } catch {
      shape.isFull = false; // the next move asks again
    }
  }

  map.on("moveend", update);
  return update;
}
