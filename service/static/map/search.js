/**
 * Searching as one types: a combobox after the ARIA pattern, in either direction of writing.
 */

import { get, isOutdated } from "./api.js";
import { el } from "./dom.js";
import { whereabouts } from "./words.js";

const WAIT_MS = 150;
const MOST = 8;

/**
 * @param {HTMLInputElement} input of role "combobox"
 * @param {HTMLElement} list of role "listbox"
 * @param {object} on
 * @param {(place: any) => void} on.place called with a place that was chosen
 * @param {(text: string) => void} on.text called with a text to look up as a whole
 */
export function makeSearch(input, list, on) {
  /** @type {any[]} */
  let suggestions = [];
  let active = -1;
  let timer = 0;
  let asking = new AbortController();

  /** @param {number} to */
  function activate(to) {
    active = to;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === to)));
    const option = list.children[to];
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  /** @param {any[]} found */
  function show(found) {
    suggestions = found;
    list.replaceChildren(...found.map(({ place, text }, at) => el(
      "li", { role: "option", id: `suggestion-${at}`, "aria-selected": "false", mousedown: keepFocus, click: () => choose(at) },
      el("bdi", { class: "name" }, text),
      el("span", { class: "detail" }, place.name === text ? whereabouts(place) : `${place.name}, ${whereabouts(place)}`),
    )));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    activate(-1);
  }

  function forget() {
    clearTimeout(timer);
    asking.abort();
    show([]);
  }

  /** @param {number} at */
  function choose(at) {
    const { place, text } = suggestions[at];
    input.value = text;
    forget();
    on.place(place);
  }

  async function suggest() {
    asking.abort();
    asking = new AbortController();
    const text = input.value.trim();
    try {
      show(text ? (await get("/v1/suggest", { text, limit: MOST }, asking.signal)).suggestions : []);
    } catch (error) {
      if (!isOutdated(error)) show([]); // Enter still asks, and says what is wrong
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(suggest, WAIT_MS);
  });
  input.addEventListener("blur", () => forget());
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const last = suggestions.length - 1;
    if (event.key === "ArrowDown" && last < 0) suggest();
    else if (event.key === "ArrowDown") activate(active >= last ? 0 : active + 1);
    else if (event.key === "ArrowUp") activate(active <= 0 ? last : active - 1);
    else if (event.key === "Escape" && last >= 0) forget();
    else if (event.key === "Escape") input.value = "";
    else if (event.key === "Enter" && active >= 0) choose(active);
    else return; // Enter without a suggestion submits the form
    event.preventDefault();
  });
  input.form?.addEventListener("submit", (event) => {
    event.preventDefault();
    forget();
    if (input.value.trim()) on.text(input.value.trim());
  });
}

/** @param {Event} event */
function keepFocus(event) {
  event.preventDefault(); // else the field loses the focus, and the list closes before the click
}
