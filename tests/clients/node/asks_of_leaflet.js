// leaflet-control-geocoder, run in a page by tests/clients/ask_leaflet.py: returns what became of each ask.
async (server) => {
  const { nominatim } = L.Control.Geocoder;
  const made = (options) => nominatim({ serviceUrl: `${server}/`, ...options });
  const names = async (query, options) => (await made(options).geocode(query)).map((one) => one.name);
  const reversed = async (lat, lng, zoom, options) =>
    (await made(options).reverse({ lat, lng }, 256 * 2 ** zoom)).map((one) => one.name);
  const params = (geocodingQueryParams) => ({ geocodingQueryParams });
  const raqqa = { viewbox: "38.96,35.99,39.07,35.91", bounded: 1 };
  const map = L.map("map").setView([35, 38.5], 7);

  // Type into the search field of a map and press Enter; return the control when it has its answer.
  const typed = async (query) => {
    const control = L.Control.geocoder({ geocoder: made(), collapsed: false }).addTo(map);
    const finished = new Promise((resolve) => control.on("finishgeocode", () => setTimeout(() => resolve(control))));
    const field = control.setQuery(query).getContainer().querySelector("input");
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    return finished;
  };
  const text = (element) => element?.innerText.trim().replace(/\s+/g, " ");
  const popup = () => text([...document.querySelectorAll(".leaflet-popup-content")].at(-1));
  const choices = (control) => [...control.getContainer().querySelectorAll("li a")];

  // What a user does, and what that user expects beside what came.
  const asks = {
    "a name": async () => [["Idlib, Idleb, Syria"], await names("Idlib")],
    "a name in Arabic": async () => [["Idlib, Idleb, Syria"], await names("إدلب")],
    "a result's position and bounds": async () => {
      const [{ bbox, center }] = await made().geocode("Idlib");
      return [["35.9", "36.6", true], [center.lat.toFixed(1), center.lng.toFixed(1), bbox.contains(center)]];
    },
    "a result's HTML": async () => [
      '<span class=""> Idlib   </span><br/><span class="leaflet-control-geocoder-address-context">Idleb Syria</span>',
      (await made().geocode("Idlib"))[0].html,
    ],
    htmlTemplate: async () => [
      "<b>Idlib</b>, Idleb",
      (await made({ htmlTemplate: (one) => `<b>${one.name}</b>, ${one.address.county}` }).geocode("Idlib"))[0].html,
    ],
    "an ambiguous name": async () => {
      const found = await names("Mansoura");
      return [true, found.length > 1 && found.length <= 5];
    },
    "no such name": async () => [[], await names("dsadjkasdjasd")],
    "geocodingQueryParams: language": async () => [
      ["إدلب, مركز إدلب, إدلب, سوريا"],
      await names("Idlib", params({ "accept-language": "ar" })),
    ],
    "geocodingQueryParams: countrycodes": async () => [
      [1, 0],
      [(await names("Idlib", params({ countrycodes: "sy" }))).length,
        (await names("Idlib", params({ countrycodes: ["tr", "lb"] }))).length],
    ],
    "geocodingQueryParams: viewbox": async () => [
      ["Al-Mansour, Raqqa, Ar-Raqqa, Syria"],
      (await names("Mansoura", params(raqqa))).slice(0, 1),
    ],
    "geocodingQueryParams: limit": async () => [2, (await names("Mansoura", params({ limit: 2 }))).length],
    "reverse, zoomed in": async () => [["Idlib, Idleb, Syria"], await reversed(35.93, 36.63, 18)],
    "reverse, zoomed out": async () => [["Idleb, Syria"], await reversed(35.93, 36.63, 5)],
    "reverse where nothing is": async () => [[], await reversed(48.85, 2.35, 18)],
    reverseQueryParams: async () => [
      ["إدلب, سوريا"],
      await reversed(35.93, 36.63, 5, { reverseQueryParams: { "accept-language": "ar" } }),
    ],
    "typed into the map": async () => {
      await typed("Idlib");
      return [["Idlib Idleb Syria", "35.9"], [popup(), map.getCenter().lat.toFixed(1)]];
    },
    "one of several chosen": async () => {
      const [, second] = choices(await typed("Mansoura"));
      second.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
      return [text(second), popup()];
    },
    "nothing found, said so": async () => {
      const control = await typed("dsadjkasdjasd");
      return [1, control.getContainer().querySelectorAll(".leaflet-control-geocoder-error").length];
    },
  };

  const found = {};
  for (const [name, ask] of Object.entries(asks)) {
    try {
      const waited = new Promise((_, reject) => setTimeout(() => reject(new Error("no answer in 10 s")), 10_000));
      const [expected, got] = (await Promise.race([ask(), waited])).map((one) => JSON.stringify(one));
      found[name] = expected === got ? "" : `expected ${expected}, got ${got}`;
    } catch (error) {
      found[name] = String(error);
    }
  }
  return found;
};
