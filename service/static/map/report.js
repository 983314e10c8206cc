/**
 * A report that someone pastes: its places marked in its text, numbered in a list and pinned on the map.
 *
 * The three are linked: pointing at one marks the other two, choosing one draws its radius.
 */

import { isOutdated, post } from "./api.js";
import { byId, el, say } from "./dom.js";
import { bothNames, counted, generalised, knownBy, length, percent, whereabouts } from "./words.js";

/** A candidate that is less likely gets no pin: there would be more of them than of places. */
const LEAST_PINNED = 0.1;

/**
 * What one or more mentions of a report name.
 *
 * @typedef {object} Named
 * @property {number} number in the order of the text
 * @property {string} status
 * @property {any[]} matches the places that are meant, or of an ambiguous name its candidates
 * @property {string} text as the report first writes it
 * @property {number} mentions how many there are
 * @property {boolean} isMain
 */

/**
 * @param {ReturnType<import("./marks.js").makeDisc>} disc
 * @param {ReturnType<import("./pins.js").makePins>} pins
 */
export function startReport(disc, pins) {
  const form = byId("report-form");
  const status = byId("report-status");
  const text = byId("report-text");
  const list = byId("report-places");
  let asking = new AbortController();

  /** @param {number | null} number @param {"pointed" | "chosen"} how */
  function mark(number, how) {
    pins.mark(number, how);
    for (const one of /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#report-results [data-number]")])) {
      const isIt = Number(one.dataset.number) === number;
      one.classList.toggle(how, isIt);
      if (how === "chosen") one.setAttribute("aria-pressed", String(isIt));
    }
  }

  /** @param {Named} named */
  function choose({ number, matches }) {
    mark(number, "chosen");
    disc.show(...pinned(matches).map(({ place, uncertainty_m }) => ({ ...place, uncertainty_m })));
    list.querySelector(`[data-number="${number}"]`)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Named} named @returns {Record<string, unknown>} what makes an element one of the three */
  function linked(named) {
    const [come, go] = [() => mark(named.number, "pointed"), () => mark(null, "pointed")];
    return {
      "data-number": named.number, "aria-pressed": "false", click: () => choose(named),
      mouseenter: come, mouseleave: go, focus: come, blur: go,
    };
  }

  /** @param {string} written @param {any} found */
  function show(written, found) {
    const { names, of } = namesIn(found.mentions);
    text.replaceChildren(...marked(written, found.mentions, (mention) => {
      const named = /** @type {Named} */ (of.get(mention));
      const press = (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose(named);
      };
      return el(
        "mark", { ...linked(named), class: named.status, role: "button", tabindex: 0, keydown: press },
        mention.mention, el("sup", {}, String(named.number)),
      );
    }));
    list.replaceChildren(...names.map((named) => el("li", {}, line(named, linked(named)))));
    pins.show(
      names.flatMap(({ number, status, matches }) => pinned(matches).map(({ place }) => ({ number, place, isSure: status !== "ambiguous" }))),
      { choose: (number) => choose(names[number - 1]), point: (number) => mark(number, "pointed") },
    );
    disc.clear();
    byId("report-results").hidden = names.length === 0;
    say(status, ...verdict(found, names));
    status.scrollIntoView({ block: "start" });
  }

  form.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    asking.abort();
    asking = new AbortController();
    const written = byId("report").value;
    if (!written.trim()) return say(status, "Paste a report first.", "bad");
    say(status, "Reading…");
    try {
      show(written, await post("/v1/geoparse", { text: written, local: byId("report-local").checked }, asking.signal));
    } catch (error) {
      if (isOutdated(error)) return;
      pins.clear();
      byId("report-results").hidden = true;
      say(status, /** @type {Error} */ (error).message, "bad");
    }
  });
}

/** @param {any[]} matches @returns {any[]} those that are drawn */
const pinned = (matches) => matches.filter((one, at) => at === 0 || one.confidence >= LEAST_PINNED);

/**
 * The distinct names of a report, numbered as they come, and which of them each mention is.
 *
 * @param {any[]} mentions
 * @returns {{names: Named[], of: Map<any, Named>}}
 */
function namesIn(mentions) {
  /** @type {Map<string, Named>} */
  const known = new Map();
  const of = new Map();
  for (const mention of mentions) {
    const { status, mention: text, main } = mention;
    const matches = status === "several" ? mention.places : status === "resolved" ? mention.matches.slice(0, 1) : mention.matches;
    const key = status + matches.map((/** @type {any} */ { place }) => place.id).join(" ");
    const named = known.get(key) ?? { number: known.size + 1, status, matches, text, mentions: 0, isMain: false };
    known.set(key, named);
    of.set(mention, named);
    named.mentions += 1;
    named.isMain ||= main;
  }
  return { names: [...known.values()], of };
}

/**
 * A text in pieces, each mention made by `make`. Where mentions stand is counted in code points.
 *
 * @param {string} text
 * @param {any[]} mentions in the order of the text
 * @param {(mention: any) => HTMLElement} make
 * @returns {(string | HTMLElement)[]}
 */
function marked(text, mentions, make) {
  const letters = Array.from(text);
  const pieces = [];
  let at = 0;
  for (const mention of mentions) {
    pieces.push(letters.slice(at, mention.start).join(""), make(mention));
    at = mention.end;
  }
  return [...pieces, letters.slice(at).join("")];
}

/**
 * @param {any} found
 * @param {Named[]} names
 * @returns {[string, "good" | "unsure" | "bad"]}
 */
function verdict({ about }, names) {
  if (!about)
    return ["Nothing in it says that it is about Syria, so no places were looked for. If it is, tick the box above and ask again.", "unsure"];
  if (!names.length) return ["It names no place that the gazetteer knows.", "unsure"];
  const main = names.find(({ isMain }) => isMain);
  const what = !main ? "No place of the event stands out."
    : main.status === "ambiguous" ? `The place of the event, ${main.text}, is ambiguous.`
      : `The place of the event: ${main.matches.map(({ place }) => `${place.name}, ${whereabouts(place)}`).join("; ")}.`;
  const open = names.filter(({ status }) => status === "ambiguous").length;
  return [`${what} The report names ${counted(names.length, "place")}${open ? `, ${open} of them ambiguous` : ""}.`, open ? "unsure" : "good"];
}

/** @param {Named} named @param {Record<string, unknown>} attributes */
function line({ number, status, matches, text, mentions, isMain }, attributes) {
  const times = mentions > 1 ? `, ${mentions} times` : "";
  const lines = status === "ambiguous"
    ? [el("span", { class: "name" }, el("bdi", {}, text)),
      el("span", { class: "detail" }, `Ambiguous${times}. It may be:`),
      ...matches.map(({ place, confidence }) => el("span", { class: "detail" }, el("bdi", {}, place.name), `, ${whereabouts(place)}: ${percent(confidence)}`))]
    : matches.flatMap(({ place, uncertainty_m, confidence }) => [
      el("span", { class: "names" }, el("bdi", { class: "name" }, bothNames(place)), place.name_ar ? el("span", { class: "arabic", lang: "ar", dir: "rtl" }, place.name_ar) : null),
      el("span", { class: "detail" }, `${isMain ? "Place of the event · " : ""}${whereabouts(place)} · within ${length(uncertainty_m)}${knownBy(place.position_basis)}${generalised(place.generalised_to_deg)} · confidence ${percent(confidence)}${times}`)]);
  return el(
    "button", { ...attributes, type: "button", class: "candidate numbered" },
    el("span", { class: "number" }, String(number)), el("span", { class: "lines" }, ...lines),
  );
}
