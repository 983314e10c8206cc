/**
 * Values as words: lengths, shares, kinds, areas.
 */

const WHOLE = new Intl.NumberFormat("en-GB");

/** @param {number} value @returns {string} "12,345" */
export const count = (value) => WHOLE.format(value);

/**
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 * @returns {string} "1 row", "2 rows"
 */
export const counted = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** @param {number} metres @returns {string} "200 m", "2.5 km", "62 km" */
export function length(metres) {
  if (metres < 1000) return `${Math.round(metres)} m`;
  return `${(metres / 1000).toFixed(metres < 10_000 ? 1 : 0)} km`;
}

/** @param {number} least @param {number} most in metres @returns {string} "0 to 6.2 km" */
export function range(least, most) {
  const [low, high] = [length(least), length(most)];
  if (low === high) return high;
  return `${least === 0 ? "0" : low} to ${high}`;
}

/** @param {number} share 0 to 1 @returns {string} "98%"; cut and not rounded, so that 82.6% is not the limit of 83% */
export function percent(share) {
  if (share > 0.99 && share < 1) return "over 99%";
  if (share > 0 && share < 0.01) return "under 1%";
  return `${Math.floor(share * 100 + 1e-9)}%`; // 0.29 * 100 is a little less than 29
}

/** @param {{name: string, reported_name?: string}} place @returns {string} "Big Orm (Orm al-Kubra)": its name, and as reporters write it where that is another */
export const bothNames = ({ name, reported_name }) => (reported_name ? `${name} (${reported_name})` : name);

/** @param {string} kind @returns {string} "air base" */
export const kindWords = (kind) => kind.replaceAll("_", " ");

/**
 * What is asked of as one reads it: a kind with its article, a name as it is.
 *
 * @param {string} text
 * @param {string[]} kinds
 * @returns {string} "a hospital", "an air base", "Saraqib"
 */
export function aKind(text, kinds) {
  if (!kinds.includes(text)) return text;
  return `${/^[aeiou]/.test(text) ? "an" : "a"} ${text}`;
}

/** @param {string} month "2016-05" @returns {string} "May 2016" */
export function monthWords(month) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1)).toLocaleDateString("en-GB", {
    month: "long", year: "numeric", timeZone: "UTC",
  });
}

/**
 * How far a place was generalised, to stand behind its radius.
 *
 * @param {number | undefined} degrees of its cell
 * @returns {string} ", generalised to 0.1°", or nothing
 */
export const generalised = (degrees) => (degrees ? `, generalised to ${degrees}°` : "");

/**
 * What the position of a facility was taken from, to stand behind its radius.
 *
 * @param {string} basis building, quarter, town, area, or empty where nobody says
 * @returns {string} ", known only by its town", or nothing
 */
export const knownBy = (basis) => (basis ? `, known ${basis === "building" ? "" : "only "}by its ${basis}` : "");

/**
 * What a place is and where it lies, the smallest area first.
 *
 * @param {{id: string, kind: string, admin: {pcode: string, name: string}[]}} place
 * @returns {string} "settlement in Saraqab, Idleb"
 */
export function whereabouts(place) {
  const areas = place.admin.filter((unit) => unit.pcode !== place.id).map((unit) => unit.name).reverse();
  const names = [...new Set(areas)].join(", ");
  return names ? `${kindWords(place.kind)} in ${names}` : kindWords(place.kind);
}
