/**
 * The view in the page's address, behind the "#": what a link restores.
 *
 * Browsers never send this part to a server, so a link tells nobody but its reader what was looked for.
 *
 * @typedef {"map" | "tab" | "q" | "place" | "near" | "within" | "from" | "to" | "area" | "month" | "layers"} Name
 */

/** @returns {URLSearchParams} */
const read = () => new URLSearchParams(location.hash.slice(1));

let values = read();

/** @param {Name} name @returns {string} "" where the link doesn't say */
export const linked = (name) => values.get(name) ?? "";

/** @returns {boolean} whether the link says anything of these */
export const links = (/** @type {Name[]} */ ...names) => names.some((name) => values.has(name));

/**
 * Keep these in the address; an empty value takes its name out.
 *
 * @param {Partial<Record<Name, string>>} changed
 */
export function keep(changed) {
  for (const [name, value] of Object.entries(changed)) {
    if (value) values.set(name, value);
    else values.delete(name);
  }
  const text = values.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  history.replaceState(null, "", text ? `#${text}` : location.pathname);
}

/**
 * Start over when someone pastes another link into the same page.
 */
export function followLinks() {
  addEventListener("hashchange", () => {
    if (read().toString() !== values.toString()) location.reload();
  });
}
