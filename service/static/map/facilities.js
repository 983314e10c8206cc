/**
 * Facilities as a layer.
 */

import { get } from "./api.js";
import { L } from "./base.js";
import { el } from "./dom.js";
import { mark } from "./marks.js";
import { generalised, kindWords, length } from "./words.js";

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
    mark([latitude, longitude], "facility", 6)
      .bindTooltip(el("bdi", {}, properties.name))
      .bindPopup(el(
        "div", {},
        el("strong", {}, el("bdi", {}, properties.name)),
        properties.name_ar ? el("div", { class: "arabic", lang: "ar", dir: "rtl" }, properties.name_ar) : null,
        el("div", { class: "detail" }, `${kindWords(properties.kind)}, known to within ${length(properties.uncertainty_m)}${generalised(properties.generalised_to_deg)}`),
      ))
      .addTo(layer);
  }
  return layer;
}
