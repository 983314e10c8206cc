/**
 * Marks that differ in shape as well as in colour, and the discs of radii. Colours are in map.css.
 */

import { L } from "./base.js";
import { svg } from "./dom.js";

/**
 * The outline of each shape round (0, 0), for a radius.
 *
 * @type {Record<string, (x: number, y: number, r: number) => string>}
 */
const SHAPES = {
  circle: (x, y, r) => `M${x - r},${y}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`,
  diamond: (x, y, r) => `M${x},${y - 1.25 * r}l${1.25 * r},${1.25 * r}l${-1.25 * r},${1.25 * r}l${-1.25 * r},${-1.25 * r}z`,
  triangle: (x, y, r) => `M${x},${y - 1.1 * r}l${1.1 * r},${2 * r}h${-2.2 * r}z`,
  plus: (x, y, r) => {
    const a = r / 3;
    return `M${x - a},${y - r}h${2 * a}v${r - a}h${r - a}v${2 * a}h${a - r}v${r - a}h${-2 * a}v${a - r}h${a - r}v${-2 * a}h${r - a}z`;
  },
};

/** What each kind of mark looks like. @type {Record<string, string>} */
const SHAPE_OF = {
  certain: "circle", possible: "diamond", unanswerable: "triangle", incident: "circle", facility: "plus",
  "facility around": "plus", // known only by what is round it
};

/** Zoom below which marks are drawn smaller, so that a whole country of them stays legible. */
const NEAR_ZOOM = 9;

/** A circle marker of another shape: what Leaflet's own does, with another path. Only for the SVG renderer. */
const ShapeMarker = L.CircleMarker.extend({
  _updatePath() {
    const { x, y } = this._point;
    const radius = this._map.getZoom() < NEAR_ZOOM ? this._radius * 0.75 : this._radius;
    const path = this._empty() ? "M0 0" : SHAPES[this.options.shape](x, y, radius);
    this._renderer._setPath(this, path);
  },
});

/**
 * A mark on the map.
 *
 * @param {[number, number]} position latitude and longitude
 * @param {"certain" | "possible" | "unanswerable" | "incident" | "facility" | "facility around"} kind
 * @param {number} radius in pixels
 * @returns {any}
 */
export function mark(position, kind, radius) {
  const pane = kind.startsWith("facility") ? "facilities" : "incidents";
  return new ShapeMarker(position, { radius, pane, shape: SHAPE_OF[kind], className: `mark ${kind}` });
}

/**
 * The same mark for a legend or a list.
 *
 * @param {string} kind
 * @returns {SVGElement}
 */
export function markIcon(kind) {
  const shape = svg("path", { d: SHAPES[SHAPE_OF[kind]](8, 8, 5), class: `mark ${kind}` });
  return svg("svg", { class: "mark-icon", viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, shape);
}

/**
 * The disc that holds the true point, of one thing at a time: where several places are meant, one round each.
 *
 * @param {any} map
 * @returns {{show: (...at: {latitude: number, longitude: number, uncertainty_m: number | null}[]) => void, clear: () => void}}
 */
export function makeDisc(map) {
  const layer = L.featureGroup().addTo(map);
  return {
    show(...at) {
      layer.clearLayers();
      for (const { latitude, longitude, uncertainty_m } of at) {
        const radius = Math.max(uncertainty_m ?? 0, 1);
        L.circle([latitude, longitude], { radius, className: "disc", interactive: false, pane: "discs" }).addTo(layer);
        L.circleMarker([latitude, longitude], { radius: 3, className: "disc-centre", interactive: false, pane: "labels" }).addTo(layer);
      }
      map.fitBounds(layer.getBounds().pad(0.8), { maxZoom: 12 });
    },
    clear: () => layer.clearLayers(),
  };
}
