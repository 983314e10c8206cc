/**
 * The time slider: a histogram of months, of which one or all are shown.
 */

import { svg } from "./dom.js";
import { count, counted, monthWords } from "./words.js";

const HEIGHT = 40;
const WIDEST_BAR = 24;

/**
 * Every month from the first to the last that has an incident.
 *
 * @param {string[]} known "2016-05"; "" where it isn't known
 * @returns {string[]}
 */
function withoutGaps(known) {
  const sorted = known.filter(Boolean).sort();
  const months = [];
  for (let month = sorted[0]; month && month <= sorted[sorted.length - 1]; month = following(month)) months.push(month);
  return months;
}

/** @param {string} month "2016-05" @returns {{from: string, to: string}} its first and its last day */
export function daysOf(month) {
  const [year, number] = month.split("-").map(Number);
  return { from: `${month}-01`, to: `${month}-${new Date(Date.UTC(year, number, 0)).getUTCDate()}` };
}

/** @param {string} month */
function following(month) {
  const [year, number] = month.split("-").map(Number);
  return number === 12 ? `${String(year + 1).padStart(4, "0")}-01` : `${month.slice(0, 4)}-${String(number + 1).padStart(2, "0")}`;
}

/**
 * @param {{box: HTMLElement, slider: HTMLInputElement, output: HTMLElement, bars: HTMLElement}} parts
 * @param {(month: string) => void} onMonth called with a month, or "" for all
 * @returns {{set: (counts: Map<string, number>, month: string) => void}} `set` takes how many incidents each month
 *   has
 */
export function makeMonths({ box, slider, output, bars }, onMonth) {
  /** @type {string[]} */
  let months = [];
  /** @type {Map<string, number>} */
  let counts = new Map();

  function show() {
    const month = months[Number(slider.value) - 1] ?? "";
    const shown = month ? counts.get(month) ?? 0 : [...counts.values()].reduce((sum, one) => sum + one, 0);
    const undated = month ? 0 : counts.get("") ?? 0;
    const words = `${month ? monthWords(month) : "All months"}: ${counted(shown, "incident")}`;
    output.textContent = undated ? `${words}, ${count(undated)} without a month` : words;
    slider.setAttribute("aria-valuetext", output.textContent);
    [...bars.querySelectorAll("rect")].forEach((bar, at) => bar.classList.toggle("off", month !== "" && months[at] !== month));
    return month;
  }

  slider.addEventListener("input", () => onMonth(show()));
  return {
    set(found, month) {
      counts = found;
      months = withoutGaps([...counts.keys()]);
      box.hidden = months.length < 2;
      slider.max = String(months.length);
      slider.value = String(months.indexOf(month) + 1);
      bars.replaceChildren(histogram(counts, months));
      show();
    },
  };
}

/**
 * @param {Map<string, number>} counts
 * @param {string[]} months
 */
function histogram(counts, months) {
  const most = Math.max(...months.map((month) => counts.get(month) ?? 0), 1);
  const bars = months.map((month, at) => {
    const height = ((counts.get(month) ?? 0) / most) * HEIGHT;
    return svg("rect", { x: at + 0.1, y: HEIGHT - height, width: 0.8, height });
  });
  const viewBox = `0 0 ${Math.max(months.length, 1)} ${HEIGHT}`;
  const width = months.length * WIDEST_BAR; // the style sheet keeps it inside the panel
  return svg("svg", { viewBox, width, preserveAspectRatio: "none", "aria-hidden": "true" }, ...bars);
}
