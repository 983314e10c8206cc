/**
 * Elements without markup: text goes in as text, so that no name from a table can become HTML.
 */

/**
 * Make an element.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes] a function is an event listener ("click"); true and
 *   false set or leave out an attribute; null leaves it out
 * @param {...(Node | string | null)} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, /** @type {EventListener} */ (value));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null && child !== "") element.append(child);
  return element;
}

/**
 * The element of an id, which the page has.
 *
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element;
}

/**
 * An element of SVG. Presentation attributes are no style attributes, so the content policy allows them.
 *
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * Say a sentence in a live region: plainly, or as something that went wrong.
 *
 * @param {HTMLElement} region
 * @param {string} sentence
 * @param {"" | "good" | "unsure" | "bad"} [tone]
 */
export function say(region, sentence, tone = "") {
  region.textContent = sentence;
  region.dataset.tone = tone;
}

/**
 * Fill a list with some of its items, and show more of them at the press of a button.
 *
 * @template T
 * @param {HTMLElement} list
 * @param {HTMLElement} more the button
 * @param {T[]} items
 * @param {(item: T) => HTMLElement} make
 * @param {number} [step] how many at a time
 */
export function listSome(list, more, items, make, step = 20) {
  list.replaceChildren();
  const showMore = () => {
    const from = list.children.length;
    list.append(...items.slice(from, from + step).map(make));
    const left = items.length - list.children.length;
    more.hidden = left === 0;
    more.textContent = `Show more (${left} left)`;
    if (from) /** @type {HTMLElement | null} */ (list.children[from]?.querySelector("button"))?.focus();
  };
  more.onclick = showMore;
  showMore();
}

/**
 * Let the reader save a file.
 *
 * @param {string} name
 * @param {Blob | string} content a text is CSV
 */
export function save(name, content) {
  const blob = content instanceof Blob ? content : new Blob([content], { type: "text/csv;charset=utf-8" });
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
