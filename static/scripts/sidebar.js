// The list of models beside each page: opened, closed, and filtered by name. With the cookie the server draws it in the same state.

import { ROOT, all, closest, find, keepCookie } from "./dom.js";

const OPEN_KEY = `django.admin.navSidebarIsOpen${ROOT}`;
const FILTER_KEY = `django.admin.navSidebarFilterValue${ROOT}`;
const COOKIE = "navSidebarIsOpen";

// Storage may be forbidden; then nothing is remembered.
/**
 * @param {"localStorage" | "sessionStorage"} storage
 * @param {string} key
 */
function stored(storage, key) {
  try {
    return window[storage].getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {"localStorage" | "sessionStorage"} storage
 * @param {string} key
 * @param {string} value
 */
function store(storage, key, value) {
  try {
    window[storage].setItem(key, value);
  } catch {
    /* see above */
  }
}

/** @param {HTMLElement} sidebar */
export function watchSidebar(sidebar) {
  const root = document.documentElement;
  const toggle = document.getElementById("toggle-nav-sidebar");
  const narrow = matchMedia("(max-width: 900px)");
  const isOpen = () => (narrow.matches ? root.classList.contains("menu-open") : root.dataset.sidebar !== "closed");
  const showState = () => toggle?.setAttribute("aria-expanded", String(isOpen()));

  /** @param {boolean} open */
  const setOpen = (open) => {
    if (narrow.matches) {
      // On a phone the menu is opened for one selection; its state on wide windows does not change.
      root.classList.toggle("menu-open", open);
      root.classList.toggle("menu-closed", !open);
    } else {
      if (open) delete root.dataset.sidebar;
      else root.dataset.sidebar = "closed";
      store("localStorage", OPEN_KEY, String(open));
      keepCookie(COOKIE, String(open));
    }
    showState();
  };

  if (toggle) {
    if (stored("localStorage", OPEN_KEY) === "false") root.dataset.sidebar = "closed";
    if (location.hash === "#nav-sidebar" && narrow.matches) root.classList.add("menu-open");
    toggle.hidden = false;
    toggle.addEventListener("click", () => setOpen(!isOpen()));
    narrow.addEventListener("change", showState);
    // Also from the header above the menu, to which keys go first.
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !narrow.matches || event.defaultPrevented || !isOpen()) return;
      if (closest(event.target, "dialog")) return;
      setOpen(false);
      toggle.focus();
    });
    showState();
  }
  watchFilter(sidebar);
}

/** @param {HTMLElement} sidebar */
function watchFilter(sidebar) {
  const filter = find(sidebar, "#nav-filter", HTMLInputElement);
  const none = find(sidebar, ".no-models");
  if (!filter) return;
  const apply = () => {
    const wanted = filter.value.trim().toLowerCase();
    let found = 0;
    for (const section of all(sidebar, "section")) {
      let shown = 0;
      for (const row of all(section, "li")) {
        row.hidden = !(row.firstElementChild?.textContent ?? "").toLowerCase().includes(wanted);
        if (!row.hidden) shown += 1;
      }
      section.hidden = shown === 0;
      found += shown;
    }
    filter.classList.toggle("no-results", found === 0);
    if (none) none.hidden = found > 0;
    store("sessionStorage", FILTER_KEY, filter.value);
  };
  filter.hidden = false;
  filter.value = stored("sessionStorage", FILTER_KEY) ?? "";
  filter.addEventListener("input", apply);
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || filter.value === "") return;
    event.preventDefault();
    filter.value = "";
    apply();
  });
  if (filter.value !== "") apply();
}
