/**
 * The time slider: a histogram of months, of which one or all are shown.
 */

import { svg } from "./dom.js";
import { counted, monthWords } from "./words.js";

const HEIGHT = 40;
const WIDEST_BAR = 24;

/** @param {any} feature @returns {string} "2016-05", or "" without a date */
export const monthOf = (feature) => (feature.properties.incident_date ?? "").slice(0, 7);

/**
 * Every month from the first to the last that has an incident.
 *
 * @param {any[]} features
 * @returns {string[]}
 */
function monthsOf(features) {
  const known = features.map(monthOf).filter(Boolean).sort();
  const months = [];
  for (let month = known[0]; month && month <= known[known.length - 1]; month = following(month)) months.push(month);
  return months;
}

/** @param {string} month */
function following(month) {
  const [year, number] = month.split("-").map(Number);
  return number === 12 ? `${String(year + 1).padStart(4, "0")}-01` : `${month.slice(0, 4)}-${String(number + 1).padStart(2, "0")}`;
}

/**
 * @param {{box: HTMLElement, slider: HTMLInputElement, output: HTMLElement, bars: HTMLElement}} parts
 * @param {(month: string) => void} onMonth called with a month, or "" for all
 * @returns {{set: (features: any[], month: string) => void}}
 */
export function makeMonths({ box, slider, output, bars }, onMonth) {
  /** @type {string[]} */
  let months = [];
  /** @type {any[]} */
  let features = [];

  function show() {
    const month = months[Number(slider.value) - 1] ?? "";
    const shown = month ? features.filter((one) => monthOf(one) === month) : features;
    const undated = month ? 0 : features.filter((one) => !monthOf(one)).length;
    const words = `${month ? monthWords(month) : "All months"}: ${counted(shown.length, "incident")}`;
    output.textContent = undated ? `${words}, ${undated} without a date` : words;
    slider.setAttribute("aria-valuetext", output.textContent);
    [...bars.querySelectorAll("rect")].forEach((bar, at) => bar.classList.toggle("off", month !== "" && months[at] !== month));
    return month;
  }

  slider.addEventListener("input", () => onMonth(show()));
  return {
    set(found, month) {
      features = found;
      months = monthsOf(found);
      box.hidden = months.length < 2;
      slider.max = String(months.length);
      slider.value = String(months.indexOf(month) + 1);
      bars.replaceChildren(histogram(features, months));
      show();
    },
  };
}

/**
 * @param {any[]} features
 * @param {string[]} months
 */
function histogram(features, months) {
  const counts = new Map(months.map((month) => [month, 0]));
  for (const feature of features) {
    const month = monthOf(feature);
    if (month) counts.set(month, (counts.get(month) ?? 0) + 1);
  }
  const most = Math.max(...counts.values(), 1);
  const bars = months.map((month, at) => {
    const height = ((counts.get(month) ?? 0) / most) * HEIGHT;
    return svg("rect", { x: at + 0.1, y: HEIGHT - height, width: 0.8, height });
  });
  const viewBox = `0 0 ${Math.max(months.length, 1)} ${HEIGHT}`;
  const width = months.length * WIDEST_BAR; // the style sheet keeps it inside the panel
  return svg("svg", { viewBox, width, preserveAspectRatio: "none", "aria-hidden": "true" }, ...bars);
}
