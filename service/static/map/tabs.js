/**
 * Tabs after the ARIA pattern: one is in the tab order, arrow keys, Home and End move between them.
 */

/**
 * @param {HTMLElement} list the element of role "tablist"
 * @param {(name: string) => void} onShow called with the tab's name whenever another is shown
 * @returns {(name: string) => void} shows the tab of a name
 */
export function makeTabs(list, onShow) {
  const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role="tab"]')]);

  /** @param {HTMLElement} chosen */
  function select(chosen) {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      const pane = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      if (pane) pane.hidden = !isChosen;
    }
    onShow(chosen.dataset.name ?? "");
  }

  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const moves = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
    if (at < 0 || !(event.key in moves)) return;
    event.preventDefault();
    const next = tabs[(moves[event.key] + tabs.length) % tabs.length];
    next.focus();
    select(next);
  });
  for (const tab of tabs) tab.addEventListener("click", () => select(tab));
  return (name) => {
    const tab = tabs.find((one) => one.dataset.name === name);
    if (tab) select(tab);
  };
}
