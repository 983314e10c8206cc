/**
 * The open names of a table as a list: one is looked at at a time, its candidates pinned on the map.
 *
 * It is decided by a candidate's line, its pin or its number key; by a position, typed or pointed at; by a name
 * with its area; or by saying that none is meant.
 */

import { get } from "./api.js";
import { byId, el, listSome, say } from "./dom.js";
import { counted, length, percent, whereabouts } from "./words.js";

/** How far a finger or a pointer may be off, in pixels: the radius of a position that is pointed at. */
const AIM_PIXELS = 12;
const STATUS_WORDS = /** @type {Record<string, string>} */ ({
  ambiguous: "ambiguous", unresolved: "not found", resolved: "its coordinates disagree", several: "its coordinates disagree",
});

/**
 * @param {any} map
 * @param {ReturnType<import("./marks.js").makeDisc>} disc
 * @param {ReturnType<import("./pins.js").makePins>} pins
 * @param {import("./decisions.js").Decisions} decisions
 * @param {() => void} changed called when something was decided or taken back
 */
export function makeOpenNames(map, disc, pins, decisions, changed) {
  /** Closes the name that is looked at. */
  let close = () => {};

  /** @param {import("./decisions.js").OpenName} name @returns {HTMLElement} */
  function item(name) {
    const verdict = el("span", { class: "decided" });
    const head = el(
      "button", { type: "button", class: "candidate", "aria-expanded": "false", click: () => (panel.hidden ? open() : close()) },
      el("bdi", { class: "name" }, name.place || "(no text)"),
      el("span", { class: "detail" }, ...(name.areas ? [el("bdi", {}, name.areas), " · "] : []), `${counted(name.rows, "row")} · ${STATUS_WORDS[name.status] ?? name.status}`),
      verdict,
    );
    const panel = el("div", { class: "decide", hidden: true });
    const line = el("li", {}, head, panel);
    line.addEventListener("decided", show);

    function open() {
      close();
      close = () => {
        panel.hidden = true;
        head.setAttribute("aria-expanded", "false");
        panel.replaceChildren();
        pins.clear();
        disc.clear();
        map.getContainer().classList.remove("aiming");
        close = () => {};
      };
      panel.hidden = false;
      head.setAttribute("aria-expanded", "true");
      panel.replaceChildren(...makePanel(name, decide));
      pins.show(
        name.candidates.map((place, at) => ({ number: at + 1, place })),
        { choose: (number) => decide(...byCandidate(name.candidates[number - 1])) },
      );
      show();
      head.scrollIntoView({ block: "start" });
    }

    /** @param {string | null} decision null takes it back @param {string} [words] @param {import("./decisions.js").Decision["at"]} [at] */
    function decide(decision, words = "", at = null) {
      const why = /** @type {HTMLInputElement | null} */ (panel.querySelector(".why"))?.value.trim() ?? "";
      decisions.take(name, decision === null ? undefined : { decision, words, at, why, on: today() });
      show();
      changed();
    }

    function show() {
      const taken = decisions.of(name);
      verdict.textContent = taken ? `Decided: ${taken.words}` : "";
      line.classList.toggle("is-decided", Boolean(taken));
      if (panel.hidden) return;
      const chosen = name.candidates.findIndex((one) => one.decision === taken?.decision);
      [...panel.querySelectorAll(".numbered")].forEach((one, at) => one.setAttribute("aria-pressed", String(at === chosen)));
      /** @type {HTMLElement} */ (panel.querySelector(".take-back")).hidden = !taken;
      pins.mark(chosen + 1);
      if (taken?.at) disc.show(taken.at);
      else disc.clear();
    }

    show();
    return line;
  }

  /**
   * What a name can be decided by.
   *
   * @param {import("./decisions.js").OpenName} name
   * @param {(decision: string | null, words?: string, at?: import("./decisions.js").Decision["at"]) => void} decide
   * @returns {(HTMLElement | null)[]}
   */
  function makePanel(name, decide) {
    const status = el("p", { class: "status brief", role: "status" });
    const id = "written"; // one name is looked at at a time
    const written = /** @type {HTMLInputElement} */ (el("input", { type: "text", id, dir: "auto", maxlength: 300, autocomplete: "off" }));
    const use = async (/** @type {string} */ text, words = "") => {
      try {
        const { place, uncertainty_m } = await get("/v1/decision", { text });
        const isPoint = place?.kind === "point";
        if (!place) decide("none", "none of the gazetteer's places");
        else decide(isPoint ? text : place.id, words || (isPoint ? `${place.name}, within ${length(uncertainty_m)}` : `${place.name}, ${whereabouts(place)}`), { ...place, uncertainty_m });
        say(status, "");
      } catch (error) {
        say(status, /** @type {Error} */ (error).message, "bad");
      }
    };
    const aim = el("button", { type: "button", class: "quiet", click: () => {
      say(status, "Click where it was. Escape leaves it.");
      pointAt(map).then((point) => { // meanwhile another name may have been opened
        if (point && status.isConnected) use(point);
        else say(status, "");
      });
    } }, "Point on the map");
    const keys = (/** @type {KeyboardEvent} */ event) => {
      const one = name.candidates[Number(event.key) - 1];
      if (one && !(event.target instanceof HTMLInputElement) && !event.ctrlKey && !event.metaKey && !event.altKey) decide(...byCandidate(one));
    };
    const why = el("input", {
      type: "text", class: "why", id: `${id}-why`, dir: "auto", maxlength: 300, autocomplete: "off", value: decisions.of(name)?.why ?? "",
      change: () => { const taken = decisions.of(name); if (taken) decide(taken.decision, taken.words, taken.at); },
    });
    return [
      name.seen ? el("p", { class: "detail" }, el("bdi", {}, name.seen)) : null,
      el("div", { role: "group", "aria-label": `What does ${name.place} mean?`, keydown: keys }, ...name.candidates.map((one, at) => candidateButton(one, at + 1, () => decide(...byCandidate(one))))),
      el("form", { submit: (/** @type {Event} */ event) => {
        event.preventDefault();
        if (written.value.trim()) use(written.value.trim());
      } },
      el("label", { for: id }, "Another place: a position, or a name with its area"),
      el("div", { class: "with-button" }, written, el("button", { type: "submit", class: "quiet" }, "Use it"))),
      el("p", { class: "buttons" }, aim,
        el("button", { type: "button", class: "quiet", click: () => use("none") }, "None of these"),
        el("button", { type: "button", class: "quiet take-back", click: () => decide(null) }, "Take it back")),
      status,
      el("p", {}, el("label", { for: `${id}-why` }, "Why, if you want to note it"), why),
    ];
  }

  return {
    /** @param {import("./decisions.js").OpenName[]} names */
    show(names) {
      close();
      listSome(byId("open-list"), byId("open-more"), names, item);
    },
    /** Show again what was decided, after it was changed elsewhere. */
    refresh() {
      for (const one of byId("open-list").children) one.dispatchEvent(new Event("decided"));
    },
  };
}

/** @param {import("./decisions.js").Candidate} one @returns {[string, string, import("./decisions.js").Decision["at"]]} */
const byCandidate = (one) => [one.decision, `${one.name}, ${whatAndWhere(one)}`, one];

/** @param {import("./decisions.js").Candidate} one */
function whatAndWhere({ kind, area }) {
  const [what, ...known] = kind.split(", "); // "hospital, known only by its town"
  return [area ? `${what} in ${area}` : what, ...known].join(", ");
}

/** @param {import("./decisions.js").Candidate} one @param {number} number @param {() => void} choose */
function candidateButton(one, number, choose) {
  return el(
    "button", { type: "button", class: "candidate numbered", "aria-pressed": "false", click: choose },
    el("span", { class: "number" }, String(number)),
    el("span", { class: "lines" },
      el("span", { class: "names" }, el("bdi", { class: "name" }, one.name), one.name_ar ? el("span", { class: "arabic", lang: "ar", dir: "rtl" }, one.name_ar) : null),
      el("span", { class: "detail" }, `${whatAndWhere(one)} · within ${length(one.uncertainty_m)}${one.confidence && ` · confidence ${percent(Number(one.confidence) || 0.001)}`}`)),
  );
}

/**
 * Wait for a click on the map.
 *
 * @param {any} map
 * @returns {Promise<string>} the position with its radius, as a decision; "" when Escape was pressed
 */
function pointAt(map) {
  const box = map.getContainer();
  box.classList.add("aiming");
  return new Promise((resolve) => {
    const end = (/** @type {string} */ found) => {
      box.classList.remove("aiming");
      map.off("click", click);
      removeEventListener("keydown", leave);
      resolve(found);
    };
    const click = (/** @type {any} */ { latlng, containerPoint }) => {
      const off = map.containerPointToLatLng(containerPoint.add([AIM_PIXELS, 0]));
      end(`${latlng.lat.toFixed(5)}, ${latlng.lng.toFixed(5)} within ${Math.ceil(map.distance(latlng, off))} m`);
    };
    const leave = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && end("");
    map.on("click", click);
    addEventListener("keydown", leave);
  });
}

/** @returns {string} today where the reader is, as 2016-05-31 */
function today() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
