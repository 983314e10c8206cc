// node-geocoder: its provider "openstreetmap" with `osmServer`. Prints what became of each ask, as JSON.
//   node tests/clients/node/ask_node_geocoder.mjs http://127.0.0.1:8000
import { readFileSync } from "node:fs";
import NodeGeocoder from "node-geocoder";

const osmServer = process.argv[2];
const geocoder = NodeGeocoder({ provider: "openstreetmap", osmServer });
const inArabic = NodeGeocoder({ provider: "openstreetmap", osmServer, language: "ar" });
const cities = (found) => found.map((one) => one.city);
const at = ([one]) => [one.latitude.toFixed(1), one.longitude.toFixed(1)];

// What a user does, and what that user expects beside what came.
const asks = {
  "a name": async () => [["36.2", "37.2"], at(await geocoder.geocode("Haleb"))],
  "a name in Arabic, in Arabic": async () => [["حلب"], cities(await inArabic.geocode("حلب"))],
  structured: async () => [
    [["Saraqib"], []],
    [
      cities(await geocoder.geocode({ city: "Saraqeb", state: "Idlib", country: "Syria" })),
      cities(await geocoder.geocode({ city: "Saraqeb", state: "Daraa" })),
    ],
  ],
  "limit and countrycodes": async () => [
    [1, 0],
    [
      (await geocoder.geocode({ q: "Idlib", limit: 1, countrycodes: "sy" })).length,
      (await geocoder.geocode({ q: "Idlib", limit: 1, countrycodes: "tr" })).length,
    ],
  ],
  "an ambiguous name": async () => [true, (await geocoder.geocode("Mansoura")).length > 1],
  "no such name": async () => [[], cities(await geocoder.geocode("dsadjkasdjasd"))],
  reverse: async () => [
    ["Idlib", "Idleb", "Syria", "SY"],
    (await geocoder.reverse({ lat: 35.93, lon: 36.63 })).flatMap((one) => [
      one.city,
      one.state,
      one.country,
      one.countryCode,
    ]),
  ],
  batchGeocode: async () => [
    [["Aleppo"], ["Idlib"], []],
    (await geocoder.batchGeocode(["Haleb", "Idlib", "dsadjkasdjasd"])).map(({ error, value }) => {
      if (error) throw error;
      return cities(value);
    }),
  ],
};

const found = {};
for (const [name, ask] of Object.entries(asks)) {
  try {
    const [expected, got] = (await ask()).map((one) => JSON.stringify(one));
    found[name] = expected === got ? "" : `expected ${expected}, got ${got}`;
  } catch (error) {
    found[name] = String(error);
  }
}
const installed = new URL("node_modules/node-geocoder/package.json", import.meta.url);
console.log(JSON.stringify({ version: JSON.parse(readFileSync(installed)).version, asks: found }));
