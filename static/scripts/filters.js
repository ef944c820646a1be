// The filter form: remembers which groups are closed, submits no empty fields, and searches the values while the user types.

import { watchValues } from "./applying.js";
import { BY_SCRIPT, all, find, need } from "./dom.js";

const STATE = "django.admin.filtersState";
const PAUSE = 250;
// The group of filters that are rarely used.
const MORE = "#more-filters";

/** @returns {Record<string, boolean>} */
function read() {
  try {
    return JSON.parse(sessionStorage.getItem(STATE) ?? "null") ?? {};
  } catch {
    // Storage may be forbidden or contain something else.
    return {};
  }
}

/**
 * @param {string} title
 * @param {boolean} open
 */
function remember(title, open) {
  try {
    sessionStorage.setItem(STATE, JSON.stringify({ ...read(), [title]: open }));
  } catch {
    // Without storage the group is open again on the next page.
  }
}

// Ticked values stay, even if the search does not find them.
/**
 * @param {HTMLDetailsElement} panel
 * @param {HTMLElement} found
 */
function show(panel, found) {
  const list = need(panel, "ul");
  /** @param {Element} item */
  const boxOf = (item) => find(item, "input", HTMLInputElement);
  const ticked = new Set(all(list, "input:checked", HTMLInputElement).map((box) => box.value));
  const kept = [...list.children].filter((item) => item.querySelector("input:checked"));
  const items = all(found, "li").map((item) => document.adoptNode(item));
  items.forEach((item) => {
    const box = boxOf(item);
    if (box) box.checked = ticked.has(box.value);
  });
  const values = new Set(items.map((item) => boxOf(item)?.value));
  list.replaceChildren(...kept.filter((item) => !values.has(boxOf(item)?.value)), ...items);
  need(panel, ".more-offers").textContent = need(found, ".more-offers").textContent;
}

/**
 * @param {HTMLDetailsElement} panel
 * @param {HTMLInputElement} input
 */
function watchFind(panel, input) {
  let timer = 0;
  let asked = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const address = new URL(window.location.href);
      address.searchParams.set(input.name, input.value);
      const number = ++asked;
      let text = "";
      try {
        const answer = await fetch(address, { credentials: "same-origin", headers: BY_SCRIPT });
        if (!answer.ok) return;
        text = await answer.text();
      } catch {
        // No response: the values stay.
        return;
      }
      if (number !== asked) return;
      const page = new DOMParser().parseFromString(text, "text/html");
      const found = find(page, `[data-filter-title="${CSS.escape(panel.dataset.filterTitle ?? "")}"]`);
      if (found) show(panel, found);
    }, PAUSE);
  });
}

/** @param {HTMLFormElement} form */
export function watchFilters(form) {
  const state = read();
  all(form, "details[data-filter-title]", HTMLDetailsElement).forEach((panel) => {
    const title = panel.dataset.filterTitle ?? "";
    if (title in state && !panel.querySelector("input:checked")) panel.open = state[title];
    panel.addEventListener("toggle", () => remember(title, panel.open));
    const input = find(panel, "input.find", HTMLInputElement);
    if (input) watchFind(panel, input);
    watchValues(panel);
  });
  const more = find(form, MORE, HTMLDetailsElement);
  if (more) {
    // It is open on every page on which one of them is used. Remembered is what the user did.
    if (state[MORE]) more.open = true;
    need(more, "summary").addEventListener("click", () => remember(MORE, !more.open));
  }
  form.addEventListener("submit", () => {
    all(form, "input:not([type=checkbox], [type=hidden])", HTMLInputElement).forEach((input) => {
      input.disabled = input.value === "";
    });
  });
  // The browser shows a cached page again.
  window.addEventListener("pageshow", () => {
    all(form, "input:disabled", HTMLInputElement).forEach((input) => {
      input.disabled = false;
    });
  });
}

// A small form below a button closes on Escape, and when something else is clicked.
/** @param {HTMLDetailsElement} popover */
export function watchPopover(popover) {
  if (!popover.querySelector("form")) return;
  popover.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !popover.open) return;
    popover.open = false;
    need(popover, "summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Node && popover.contains(event.target))) popover.open = false;
  });
}
