/**
 * Names on the map, none over another: the more important of two stays.
 */

import { L } from "./base.js";
import { el } from "./dom.js";

/** Names are in Arabic first where the browser asks for Arabic. */
const isArabic = navigator.language.startsWith("ar");

/** @param {{name: string, name_ar: string}} place @returns {string} */
export const nameOf = ({ name, name_ar }) => (isArabic && name_ar ? name_ar : name);

/**
 * A name at a place.
 *
 * @param {any} properties of the place, as the service gives them
 * @param {string} className
 * @param {number} rank the lower, the more important
 * @param {{both?: boolean}} [options] whether the name in the other script stands below
 * @returns {any} a marker
 */
export function label(properties, className, rank, { both = false } = {}) {
  const name = nameOf(properties);
  const other = name === properties.name ? properties.name_ar : properties.name;
  const html = el("span", { dir: "auto" }, name, both && other ? el("span", { class: "arabic", dir: "auto" }, other) : null);
  html.dataset.rank = String(rank);
  const icon = L.divIcon({ html, className: `map-label ${className}`, iconSize: null });
  return L.marker([properties.latitude, properties.longitude], { icon, interactive: false, keyboard: false, pane: "labels" });
}

/**
 * Hide the names that would lie on a more important one, or on a count of incidents.
 *
 * @param {any} map
 */
export function thinOut(map) {
  const view = map.getContainer().getBoundingClientRect();
  const names = [...map.getPane("labels").querySelectorAll(".map-label > span")]
    .map((name) => ({ name, box: name.getBoundingClientRect(), rank: Number(name.dataset.rank) }))
    .filter(({ box }) => overlap(box, view))
    .sort((a, b) => a.rank - b.rank);
  const taken = [...map.getContainer().querySelectorAll(".count, .somewhere > span")].map((one) => one.getBoundingClientRect());
  for (const { name, box } of names) {
    const isFree = !taken.some((other) => overlap(box, other));
    name.parentElement?.classList.toggle("hidden", !isFree);
    if (isFree) taken.push(box);
  }
}

/** @param {DOMRect} a @param {DOMRect} b */
const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/**
 * Thin the names out whenever the map or what is on it has changed, once for all changes of a moment.
 *
 * @param {any} map
 */
export function keepLegible(map) {
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => thinOut(map), 50);
  };
  map.on("zoomend moveend layeradd layerremove", soon);
}
