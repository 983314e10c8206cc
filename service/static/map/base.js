/**
 * The map itself: Leaflet, tiles where the operator set some, scale, sources, the view in the link.
 */

import { about } from "./api.js";
import { byId, el } from "./dom.js";
import { keep, linked } from "./link.js";

/** Leaflet is a script of its own, loaded before the modules. */
export const L = /** @type {any} */ (globalThis).L;

/** Panes from the ground up, between Leaflet's own for tiles (200) and for popups (700). @type {[string, string][]} */
const PANES = [
  ["areas", "350"], ["lines", "360"], ["discs", "400"], ["labels", "410"], ["facilities", "420"], ["incidents", "440"], ["top", "460"],
];

/** @returns {boolean} whether there is room for more than the map */
export const isWide = () => matchMedia("(min-width: 50rem)").matches;

/**
 * @param {HTMLElement} element its data attributes name the tiles
 * @returns {any} a Leaflet map without a view yet, unless the link has one
 */
export function makeMap(element) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(element, {
    attributionControl: false, // ours can be folded away on a small screen
    zoomControl: false,
    zoomAnimation: !still,
    fadeAnimation: !still,
    markerZoomAnimation: !still,
    inertia: !still,
    minZoom: 5,
    maxZoom: 17,
    zoomSnap: 0.25,
    zoomDelta: 0.5,
  });
  for (const [name, depth] of PANES) {
    map.createPane(name).style.zIndex = depth;
    map.getPane(name).setAttribute("aria-hidden", "true"); // drawings: the lists say the same in words
  }
  map.getPane("labels").style.pointerEvents = "none";
  L.control.zoom({ position: "topleft" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  const { tiles, tilesAttribution } = element.dataset;
  if (tiles) L.tileLayer(tiles, { maxZoom: 19, className: "tiles" }).addTo(map);
  addSources(tilesAttribution ?? "");
  map.on("moveend", () => {
    const { lat, lng } = map.getCenter();
    keep({ map: `${map.getZoom()}/${lat.toFixed(4)}/${lng.toFixed(4)}` });
  });
  const view = linkedView();
  if (view) map.setView(view.centre, view.zoom);
  return map;
}

/** @returns {{zoom: number, centre: [number, number]} | null} where the link says that the map stands */
export function linkedView() {
  const [zoom, latitude, longitude] = linked("map").split("/").map(Number);
  const isWhole = [zoom, latitude, longitude].every(Number.isFinite);
  return isWhole ? { zoom, centre: [latitude, longitude] } : null;
}

/**
 * Show where what is drawn comes from, as the licences ask.
 *
 * @param {string} tilesAttribution
 */
function addSources(tilesAttribution) {
  const lines = byId("source-list");
  byId("sources").open = isWide();
  if (tilesAttribution) lines.append(el("li", {}, tilesAttribution));
  about().then(
    ({ sources }) => lines.append(...sources.map((/** @type {any} */ one) => el("li", {}, one.attribution))),
    () => lines.append(el("li", {}, el("a", { href: "/v1/info" }, "Sources of the gazetteer"))),
  );
}

/**
 * Let a checkbox show and hide a layer, and keep that in the link.
 *
 * @param {any} map
 * @param {string} name of the layer, as in the link
 * @param {any} layer
 */
export function switchLayer(map, name, layer) {
  const box = byId(`layer-${name}`);
  const hidden = linked("layers").split(",").includes(`-${name}`);
  box.checked = !hidden;
  const apply = () => (box.checked ? layer.addTo(map) : layer.remove());
  box.addEventListener("change", () => {
    apply();
    const boxes = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("[data-layer]")]);
    keep({ layers: boxes.filter((one) => !one.checked).map((one) => `-${one.dataset.layer}`).join(",") });
  });
  apply();
}
