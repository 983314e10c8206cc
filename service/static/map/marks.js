/**
 * Marks that differ in shape as well as in colour, and the discs of radii. Colours are in map.css.
 */

import { L } from "./base.js";
import { el, svg } from "./dom.js";
import { count } from "./words.js";

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
  halo: "circle",
};

/** From this radius on nothing looks like a point. */
export const WIDE_M = 25_000;

/** Zooms below which marks are drawn smaller, so that a whole country of them stays legible. */
const [FAR_ZOOM, NEAR_ZOOM] = [6.5, 9];

/** A circle marker of another shape: what Leaflet's own does, with another path. Only for the SVG renderer. */
const ShapeMarker = L.CircleMarker.extend({
  _updatePath() {
    const { x, y } = this._point;
    const zoom = this._map.getZoom();
    const radius = this._radius * (zoom < FAR_ZOOM ? 0.5 : zoom < NEAR_ZOOM ? 0.75 : 1);
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

/** Never drawn smaller than a mark can hide, so that what is known roughly looks so from afar too. */
const Halo = L.Circle.extend({
  _project() {
    L.Circle.prototype._project.call(this);
    this._radius = Math.max(this._radius, this.options.least);
    this._radiusY = Math.max(this._radiusY, this.options.least);
    this._updateBounds();
  },
});

/**
 * How far off a position may be, faintly; nothing where it is good to a kilometre and one sees that from afar.
 *
 * @param {[number, number]} position
 * @param {string} kind of the mark that it is round
 * @param {number} radius_m
 * @returns {any}
 */
export function halo(position, kind, radius_m) {
  const least = radius_m > 5000 ? 15 : radius_m > 1000 ? 10 : 0;
  const className = `halo ${kind}${radius_m > WIDE_M ? " wide" : ""}`;
  return new Halo(position, { radius: radius_m, least, className, interactive: false, pane: "discs" });
}

/** A count in a ring, which is divided as the incidents are. It is made when it is shown: there may be thousands. */
const CountIcon = L.DivIcon.extend({
  createIcon(/** @type {HTMLElement | undefined} */ old) {
    const { counts, iconSize: [size] } = this.options;
    const total = totalOf(counts);
    const at = { cx: size / 2, cy: size / 2, r: size / 2 - 3 };
    const ring = svg("svg", { width: size, height: size }, svg("circle", { ...at, class: "ground" }));
    let turned = 0;
    for (const [kind, number] of Object.entries(counts)) {
      const share = (100 * number) / total;
      ring.append(svg("circle", { ...at, class: kind, pathLength: 100, "stroke-dasharray": `${share} 100`, "stroke-dashoffset": -turned }));
      turned += share;
    }
    this.options.html = el("div", { class: "count" }, ring, el("span", {}, count(total)));
    return L.DivIcon.prototype.createIcon.call(this, old);
  },
});

/** @param {Record<string, number>} counts @returns {number} */
export const totalOf = (counts) => Object.values(counts).reduce((sum, one) => sum + one, 0);

/**
 * @param {Record<string, number>} counts of each kind of mark
 * @returns {any} a Leaflet icon
 */
export function countIcon(counts) {
  const size = Math.min(24 + 5 * Math.log10(totalOf(counts)), 44);
  return new CountIcon({ counts, className: "", iconSize: [size, size] });
}

/**
 * The same mark for a legend or a list.
 *
 * @param {string} kind
 * @returns {SVGElement}
 */
export function markIcon(kind) {
  const isHalo = kind === "halo";
  const shape = svg("path", { d: SHAPES[SHAPE_OF[kind]](8, 8, isHalo ? 7 : 5), class: isHalo ? "halo wide" : `mark ${kind}` });
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
        if (radius > WIDE_M) continue;
        L.circleMarker([latitude, longitude], { radius: 3, className: "disc-centre", interactive: false, pane: "top" }).addTo(layer);
      }
      map.fitBounds(layer.getBounds().pad(0.8), { maxZoom: 12 });
    },
    clear: () => layer.clearLayers(),
  };
}
