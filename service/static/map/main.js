/**
 * The map page: wires its parts together. Every part is a module of one idea.
 */

import { drawAreas } from "./areas.js";
import { isWide, makeMap, switchLayer } from "./base.js";
import { startSearch } from "./candidates.js";
import { byId, el, say } from "./dom.js";
import { facilityLayer } from "./facilities.js";
import { startIncidents } from "./incidents.js";
import { keepLegible } from "./labels.js";
import { startLeaks } from "./leaks.js";
import { lineLayer, targetLines } from "./lines.js";
import { followLinks, keep, linked } from "./link.js";
import { makeDisc, markIcon } from "./marks.js";
import { makePins, showPins } from "./pins.js";
import { startReport } from "./report.js";
import { startTable } from "./table.js";
import { makeTabs } from "./tabs.js";
import { townLayer } from "./towns.js";

async function start() {
  for (const place of document.querySelectorAll("[data-mark]"))
    place.replaceWith(markIcon(/** @type {HTMLElement} */ (place).dataset.mark ?? ""));
  const showTab = makeTabs(byId("tabs"), (name) => {
    keep({ tab: name === "place" ? "" : name });
    showPins(name);
  });
  if (linked("tab")) showTab(linked("tab"));
  byId("legend").open = isWide();
  byId("copy-link").addEventListener("click", copyLink);
  followLinks();

  const map = makeMap(byId("map"));
  keepLegible(map);
  const disc = makeDisc(map);
  const incidents = startIncidents(map, disc, targetLines(map)); // asks while the areas are on their way
  try {
    const { layer, governorates } = await drawAreas(map);
    switchLayer(map, "areas", layer);
    byId("area-names").append(...governorates.map(({ properties }) => el("option", { value: properties.name })));
  } catch (error) {
    say(byId("map-status"), `The areas can't be drawn. ${/** @type {Error} */ (error).message}`, "bad");
    map.fitWorld();
  }
  switchLayer(map, "towns", townLayer(map));
  switchLayer(map, "lines", lineLayer(map));
  switchLayer(map, "facilities", facilityLayer());
  switchLayer(map, "incidents", incidents);
  startSearch(disc, makePins(map, "place"));
  startReport(disc, makePins(map, "report"));
  startTable(map, disc, makePins(map, "table"), () => showTab("table"));
  if (document.getElementById("pane-leaks")) startLeaks(); // only at tier full
  document.body.dataset.ready = "yes";
  performance.mark("usable");
}

async function copyLink() {
  const status = byId("link-status");
  try {
    await navigator.clipboard.writeText(location.href);
    say(status, "The link is copied.");
  } catch {
    say(status, "Copy the address of this page: it restores the view.");
  }
}

start();
