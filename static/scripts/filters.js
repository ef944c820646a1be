// The form of filters: remembers which groups are closed, sends nothing that is empty, and finds offers as one types.

import { BY_SCRIPT } from "./dom.js";

const STATE = "django.admin.filtersState";
const PAUSE = 250;

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(STATE)) ?? {};
  } catch {
    // Storage may be forbidden, or hold what another page left there.
    return {};
  }
}

function remember(title, open) {
  try {
    sessionStorage.setItem(STATE, JSON.stringify({ ...read(), [title]: open }));
  } catch {
    // What cannot be remembered is open again on the next page.
  }
}

// What is ticked stays, also where it is not found.
function show(panel, found) {
  const list = panel.querySelector("ul");
  const ticked = new Set([...list.querySelectorAll("input:checked")].map((box) => box.value));
  const kept = [...list.children].filter((item) => item.querySelector("input:checked"));
  const items = [...found.querySelectorAll("li")].map((item) => document.adoptNode(item));
  items.forEach((item) => {
    const box = item.querySelector("input");
    if (box) box.checked = ticked.has(box.value);
  });
  const values = new Set(items.map((item) => item.querySelector("input")?.value));
  list.replaceChildren(...kept.filter((item) => !values.has(item.querySelector("input").value)), ...items);
  panel.querySelector(".more-offers").textContent = found.querySelector(".more-offers").textContent;
}

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
        // No answer: what was offered stays.
        return;
      }
      if (number !== asked) return;
      const page = new DOMParser().parseFromString(text, "text/html");
      const found = page.querySelector(`[data-filter-title="${CSS.escape(panel.dataset.filterTitle)}"]`);
      if (found) show(panel, found);
    }, PAUSE);
  });
}

export function watchFilters(form) {
  const state = read();
  form.querySelectorAll("details[data-filter-title]").forEach((panel) => {
    const title = panel.dataset.filterTitle;
    if (title in state && !panel.querySelector("input:checked")) panel.open = state[title];
    panel.addEventListener("toggle", () => remember(title, panel.open));
    const input = panel.querySelector("input.find");
    if (input) watchFind(panel, input);
  });
  form.addEventListener("submit", () => {
    form.querySelectorAll("input:not([type=checkbox], [type=hidden])").forEach((input) => {
      input.disabled = input.value === "";
    });
  });
  // A page that the browser kept is used again.
  window.addEventListener("pageshow", () => {
    form.querySelectorAll("input:disabled").forEach((input) => {
      input.disabled = false;
    });
  });
}

// A small form below a button closes on Escape, and when something else is clicked.
export function watchPopover(popover) {
  const form = popover.querySelector("form");
  if (!form) return;
  popover.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !popover.open) return;
    popover.open = false;
    popover.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!popover.contains(event.target)) popover.open = false;
  });
}
