/**
 * What a text may mean: the answer in words, its candidates as a numbered list and as pins on the map.
 */

import { get, isOutdated } from "./api.js";
import { byId, el, say } from "./dom.js";
import { keep, linked } from "./link.js";
import { makeSearch } from "./search.js";
import { bothNames, count, counted, generalised, knownBy, length, percent, whereabouts } from "./words.js";

/**
 * Wire the search and its results.
 *
 * @param {ReturnType<import("./marks.js").makeDisc>} disc
 * @param {ReturnType<import("./pins.js").makePins>} pins
 */
export function startSearch(disc, pins) {
  const status = byId("place-status");
  const list = byId("candidates");
  let asking = new AbortController();

  /** @param {any[]} matches @param {number} chosen */
  function show(matches, chosen) {
    list.replaceChildren(...matches.map((match, at) => el(
      "li", {}, candidate(match, at + 1, { isChosen: at === chosen, choose: () => choose(matches, at) }), why(match),
    )));
    if (matches.length > 1) {
      const numbered = matches.map(({ place }, at) => ({ number: at + 1, place }));
      pins.show(numbered, { choose: (number) => choose(matches, number - 1) }, chosen < 0);
      pins.mark(chosen + 1);
    } else pins.clear();
    if (chosen >= 0) {
      const { place } = matches[chosen];
      disc.show(place);
      keep({ place: place.id });
    } else {
      disc.clear();
      keep({ place: "" });
    }
  }

  /** @param {any[]} matches @param {number} at */
  function choose(matches, at) {
    show(matches, at);
    list.querySelectorAll("button")[at]?.focus();
    const { place } = matches[at];
    say(status, `Chosen: ${place.name}, ${whereabouts(place)}.`, "good");
  }

  /** @param {string} text */
  async function lookUp(text, wanted = "") {
    asking.abort();
    asking = new AbortController();
    say(status, "Looking…");
    try {
      const answer = await get("/v1/resolve", { text }, asking.signal);
      keep({ q: text });
      const shown = answer.status === "several" ? answer.places : answer.matches;
      const linkedTo = shown.findIndex((/** @type {any} */ { place }) => place.id === wanted);
      show(shown, linkedTo >= 0 ? linkedTo : answer.status === "resolved" ? 0 : -1);
      say(status, ...verdict(answer));
    } catch (error) {
      if (isOutdated(error)) return;
      show([], -1);
      say(status, /** @type {Error} */ (error).message, "bad");
    }
  }

  /** @param {any} place */
  function take(place) {
    asking.abort();
    keep({ q: byId("search").value });
    show([{ place, confidence: null, reasons: [] }], 0);
    say(status, `Chosen: ${place.name}, ${whereabouts(place)}.`, "good");
  }

  makeSearch(byId("search"), byId("suggestions"), { place: take, text: lookUp });
  byId("search").value = linked("q");
  if (linked("q")) lookUp(linked("q"), linked("place"));
}

/**
 * Say plainly what the answer is worth.
 *
 * @param {{status: string, matches: any[], places: any[]}} answer
 * @returns {[string, "good" | "unsure" | "bad"]}
 */
export function verdict({ status, matches, places }) {
  const [best] = matches;
  if (status === "resolved")
    return [`Resolved: ${bothNames(best.place)}, ${whereabouts(best.place)}. Confidence ${percent(best.confidence)}.`, "good"];
  if (status === "several")
    return [`Several places: ${places.map(({ place }) => place.name).join(", ")}. Choose one to see it.`, "good"];
  if (status === "ambiguous" && matches.length > 1)
    return [`Ambiguous: ${counted(matches.length, "candidate")}, none sure enough. Choose one, here or on the map.`, "unsure"];
  if (status === "ambiguous")
    return ["Ambiguous: one candidate, not sure enough. Choose it to see it.", "unsure"];
  if (matches.length === 0) return ["Not found: nothing in the gazetteer is spelled like this.", "bad"];
  return ["Not found: nothing in the gazetteer is close enough. What comes nearest is listed, and isn't taken for the answer.", "bad"];
}

/**
 * A candidate as a button: its number, its names in both scripts, what and where it is, how sure that is.
 *
 * @param {any} match its confidence is null where nobody gave one
 * @param {number} number as on its pin
 * @param {object} options
 * @param {boolean} options.isChosen
 * @param {() => void} options.choose
 * @param {(isPointed: boolean) => void} [options.point] called when the pointer or the focus comes and goes
 * @returns {HTMLElement}
 */
export function candidate({ place, confidence, uncertainty_m }, number, { isChosen, choose, point = () => {} }) {
  const [come, go] = [() => point(true), () => point(false)];
  return el(
    "button", {
      type: "button", class: "candidate numbered", "aria-pressed": String(isChosen),
      click: choose, mouseenter: come, mouseleave: go, focus: come, blur: go,
    },
    el("span", { class: "number" }, String(number)),
    el(
      "span", { class: "lines" },
      el("span", { class: "names" }, el("bdi", { class: "name" }, bothNames(place)), arabic(place)),
      el("span", { class: "detail" }, `${whereabouts(place)} · within ${length(uncertainty_m ?? place.uncertainty_m)}${knownBy(place.position_basis)}${generalised(place.generalised_to_deg)}`,
        place.population ? ` · ${count(place.population)} inhabitants` : ""),
      confidence === null ? null : el(
        "span", { class: "confidence" },
        el("meter", { min: 0, max: 1, value: confidence, "aria-hidden": "true" }),
        el("span", {}, `confidence ${percent(confidence)}`),
      ),
    ),
  );
}

/** @param {{reasons: string[]}} match @returns {HTMLElement | null} the reasons, folded: they speak of spellings and skeletons */
export function why({ reasons }) {
  if (!reasons.length) return null;
  const lines = reasons.map((one) => el("li", {}, el("bdi", {}, one)));
  return el("details", { class: "reasons" }, el("summary", {}, "Why"), el("ul", {}, ...lines));
}

/** @param {any} place */
function arabic(place) {
  return place.name_ar ? el("span", { class: "arabic", lang: "ar", dir: "rtl" }, place.name_ar) : null;
}
