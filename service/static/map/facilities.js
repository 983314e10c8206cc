/**
 * Facilities as a layer. Round those that may stand anywhere in their town, quarter or area there is a ring.
 */

import { get } from "./api.js";
import { L } from "./base.js";
import { el } from "./dom.js";
import { mark } from "./marks.js";
import { generalised, kindWords, knownBy, length } from "./words.js";

/**
 * @returns {any} a layer that asks for its facilities when it is first shown
 */
export function facilityLayer() {
  const layer = L.layerGroup();
  let isAsked = false;
  layer.on("add", async () => {
    if (isAsked) return;
    isAsked = true;
    try {
      (await get("/ogc/collections/facilities/items")).features.forEach(add);
    } catch {
      isAsked = false; // ticking the box again asks again
    }
  });

  /** @param {any} feature */
  function add({ geometry, properties }) {
    if (!geometry) return;
    const [longitude, latitude] = geometry.coordinates;
    const isAround = !["", "building"].includes(properties.position_basis);
    if (isAround) {
      const ring = { radius: properties.uncertainty_m, className: "ring", interactive: false, pane: "facilities" };
      L.circle([latitude, longitude], ring).addTo(layer);
    }
    mark([latitude, longitude], isAround ? "facility around" : "facility", 6)
      .bindTooltip(el("bdi", {}, properties.name))
      .bindPopup(el(
        "div", {},
        el("strong", {}, el("bdi", {}, properties.name)),
        properties.name_ar ? el("div", { class: "arabic", lang: "ar", dir: "rtl" }, properties.name_ar) : null,
        el("div", { class: "detail" }, `${kindWords(properties.kind)}, within ${length(properties.uncertainty_m)}${knownBy(properties.position_basis)}${generalised(properties.generalised_to_deg)}`),
      ))
      .addTo(layer);
  }
  return layer;
}
