// The bars of the timeline by pointer and keyboard: a bar leads to its explanation, and a strip shows when it is. All texts and instants
// come from the server; nothing is computed from a time zone here.

import { all, find } from "./dom.js";

/**
 * Groups rows as soon as a label is chosen. Arrow keys choose with every step: after them the button is pressed.
 *
 * @param {HTMLFormElement} form
 */
export function watchGrouping(form) {
  const choice = find(form, "select[name=group]", HTMLSelectElement);
  let isByKeys = false;
  choice?.addEventListener("keydown", () => {
    isByKeys = true;
  });
  choice?.addEventListener("pointerdown", () => {
    isByKeys = false;
  });
  choice?.addEventListener("change", () => {
    if (!isByKeys) form.requestSubmit();
  });
}

/**
 * @param {HTMLTableElement} table
 */
export function watchTimeline(table) {
  const strip = find(document, ".timeline-strip");
  /** @type {SVGRectElement | null} */
  let current = null;

  /** @param {SVGRectElement | null} bar */
  function show(bar) {
    current?.classList.remove("current");
    current = bar;
    current?.classList.add("current");
    if (!strip) return;
    strip.hidden = !bar;
    strip.textContent = bar ? words(bar) : "";
  }

  table.addEventListener("click", (event) => {
    const bar = barOf(event.target);
    if (bar) open(bar);
  });
  table.addEventListener("pointerover", (event) => {
    const bar = barOf(event.target);
    if (bar) show(bar);
  });
  for (const picture of all(table, "td.hours svg", SVGSVGElement)) {
    picture.removeAttribute("aria-hidden");
    picture.setAttribute("role", "group");
    picture.setAttribute("aria-label", "Hours: arrow keys move over the bars, Enter explains one");
    picture.tabIndex = 0;
    picture.addEventListener("focus", () => show(bars(picture)[0] ?? null));
    picture.addEventListener("blur", () => show(null));
    picture.addEventListener("keydown", (event) => move(event, picture));
  }

  /**
   * @param {KeyboardEvent} event
   * @param {SVGSVGElement} picture
   */
  function move(event, picture) {
    const row = bars(picture);
    const place = current ? row.indexOf(current) : -1;
    const last = row.length - 1;
    const places = { ArrowLeft: Math.max(place - 1, 0), ArrowRight: Math.min(place + 1, last), Home: 0, End: last };
    if (event.key in places) {
      event.preventDefault();
      show(row[places[/** @type {keyof typeof places} */ (event.key)]] ?? null);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const pictures = all(table, "td.hours svg", SVGSVGElement);
      const next = pictures[pictures.indexOf(picture) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) event.preventDefault();
      next?.focus();
    } else if (event.key === "Enter" && current) {
      open(current);
    }
  }
}

/**
 * @param {EventTarget | null} target
 * @returns {SVGRectElement | null}
 */
function barOf(target) {
  return target instanceof SVGRectElement && target.matches(".span, .cut") ? target : null;
}

/**
 * @param {SVGSVGElement} picture
 * @returns {SVGRectElement[]}
 */
function bars(picture) {
  const drawn = all(picture, "rect.span, rect.cut", SVGRectElement);
  return drawn.sort((one, other) => Number(one.dataset.start) - Number(other.dataset.start));
}

/** @param {SVGRectElement} bar */
function open(bar) {
  const explain = bar.closest("tr")?.dataset.explain;
  if (!explain) return;
  const url = new URL(explain, location.href);
  url.searchParams.set("at", bar.dataset.start ?? "");
  location.assign(url.href);
}

/**
 * Returns the line of the row's list that the bar belongs to.
 *
 * @param {SVGRectElement} bar
 */
function words(bar) {
  const row = bar.closest("tr");
  if (!row) return "";
  const name = find(row, "th a")?.textContent ?? "";
  if (bar.dataset.count) return `${name}: ${bar.dataset.count} spans`;
  const start = Number(bar.dataset.start);
  if (bar.matches(".cut")) {
    const lines = all(row, ".as-list li.cut[data-from]").filter((line) => Number(line.dataset.from) === start);
    const line = lines.find((line) => find(line, "bdi")?.textContent === bar.dataset.by);
    return `${name}: ${line?.textContent ?? `cut by ${bar.dataset.by}`}`;
  }
  const line = all(row, ".as-list li[data-start]").find(
    (line) => Number(line.dataset.start) <= start && start < Number(line.dataset.end),
  );
  return `${name}: ${line?.firstChild?.textContent ?? ""}`;
}
