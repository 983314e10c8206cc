/**
 * Numbered pins: the candidates of a name, or the places of a report, as the list beside the map numbers them.
 *
 * Each tab has its own, shown while the tab is. A pin is chosen by a click; by keyboard its line in the list is,
 * so pins are not in the tab order.
 */

import { L } from "./base.js";
import { byId, el } from "./dom.js";

/**
 * @typedef {object} Pin
 * @property {number} number
 * @property {{latitude: number, longitude: number, name: string}} place
 * @property {boolean} [isSure] whether it is the answer; one of several candidates is drawn hollow
 */

/**
 * @param {any} map
 * @param {string} tab the name of the tab that they are of
 * @returns {{
 *   show: (pins: Pin[], on: {choose: (number: number) => void, point?: (number: number | null) => void}, look?: boolean) => void,
 *   mark: (number: number | null, how?: "chosen" | "pointed") => void,
 *   clear: () => void,
 * }} `show` fits them to the view unless told not to look; `mark` makes those of one number stand out
 */
export function makePins(map, tab) {
  const pane = map.createPane(`pins-${tab}`);
  pane.classList.add("pins");
  pane.dataset.tab = tab;
  pane.hidden = byId(`pane-${tab}`).hidden;
  pane.setAttribute("aria-hidden", "true"); // the list says the same in words
  const layer = L.featureGroup().addTo(map);
  /** @type {[number, any][]} */
  let markers = [];

  return {
    show(pins, { choose, point = () => {} }, look = true) {
      layer.clearLayers();
      markers = [];
      for (const { number, place, isSure } of pins) {
        const icon = L.divIcon({ html: el("span", {}, String(number)), className: `pin${isSure ? " sure" : ""}`, iconSize: [26, 26], iconAnchor: [13, 31] });
        const marker = L.marker([place.latitude, place.longitude], { icon, pane, keyboard: false, riseOnHover: true })
          .bindTooltip(el("bdi", {}, place.name))
          .on("click", () => choose(number))
          .on("mouseover", () => point(number))
          .on("mouseout", () => point(null))
          .addTo(layer);
        markers.push([number, marker]);
      }
      if (look && pins.length) map.fitBounds(layer.getBounds().pad(0.3), { maxZoom: 11 });
    },
    mark(wanted, how = "chosen") {
      for (const [number, marker] of markers) {
        marker.getElement()?.classList.toggle(how, number === wanted);
        marker.setZIndexOffset(number === wanted ? 1000 : 0);
      }
    },
    clear() {
      layer.clearLayers();
      markers = [];
    },
  };
}

/** @param {string} tab the name of the tab that is shown now */
export function showPins(tab) {
  for (const pane of /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".pins")])) pane.hidden = pane.dataset.tab !== tab;
}
