/**
 * Rivers, lakes and main roads, where the gazetteer has them; and the lines that were asked for as targets.
 */

import { about, get } from "./api.js";
import { L } from "./base.js";
import { byId, el } from "./dom.js";
import { refineOnZoom } from "./detail.js";
import { PLACES } from "./towns.js";
import { kindWords } from "./words.js";

/** What is drawn of the country, and the shortest extent on the screen that is worth a line, in pixels. */
const KINDS = ["river", "lake", "road"];
const SHORT = 40;
/** At most as many targets are drawn: "near a road" has thousands. */
const MOST_TARGETS = 60;

/**
 * @param {any} map
 * @returns {any} a layer that asks for its lines when it is first shown
 */
export function lineLayer(map) {
  const layer = L.layerGroup();
  /** @type {any[]} */
  let lines = [];
  let isAsked = false;

  const refine = refineOnZoom(map, () => lines, PLACES);

  function update() {
    if (!map.hasLayer(layer)) return;
    for (const line of lines) {
      const { min, max } = pixels(map, line.getBounds());
      const isLong = Math.max(max.x - min.x, max.y - min.y) > SHORT;
      if (isLong && !layer.hasLayer(line)) layer.addLayer(line);
      if (!isLong && layer.hasLayer(line)) layer.removeLayer(line);
    }
    refine();
  }

  layer.on("add", async () => {
    if (isAsked) return update();
    isAsked = true;
    const { counts } = await about();
    for (const kind of KINDS.filter((one) => counts[one])) {
      const drawn = draw((await get(PLACES, { kind, shape: "simplified" })).features, `line ${kind}`);
      lines = lines.concat(drawn);
      byId("has-lines").hidden = !lines.length;
    }
    update();
  });
  map.on("zoomend", update);
  return layer;
}

/**
 * The lines that "near" was asked of, such as a road or a border.
 *
 * @param {any} map
 * @returns {{show: (ids: string[]) => Promise<void>}}
 */
export function targetLines(map) {
  const layer = L.featureGroup().addTo(map);
  let wanted = "";
  return {
    async show(ids) {
      layer.clearLayers();
      const asked = (wanted = ids.join());
      const some = ids.slice(0, MOST_TARGETS);
      const found = await Promise.allSettled(some.map((id) => get(`${PLACES}/${encodeURIComponent(id)}`, { shape: "full" })));
      if (asked !== wanted) return;
      const features = found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      draw(features, "target").forEach((line) => line.addTo(layer));
    },
  };
}

/** @param {any[]} features @param {string} className @returns {any[]} their lines, each with its name */
function draw(features, className) {
  const shaped = features.filter(({ geometry }) => geometry.type !== "Point");
  const group = L.geoJSON(shaped, { pane: "lines", style: { className } });
  return group.getLayers().map((/** @type {any} */ line) => {
    const { name, kind } = line.feature.properties;
    return line.bindTooltip(el("span", {}, el("bdi", {}, name), `, ${kindWords(kind)}`), { sticky: true });
  });
}

/** @param {any} map @param {any} bounds */
const pixels = (map, bounds) => L.bounds(map.project(bounds.getNorthWest()), map.project(bounds.getSouthEast()));
