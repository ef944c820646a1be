// Switches between light, dark and auto without reloading the page. The server reads the cookie, other tabs the key in local storage.

import { ROOT, element, keepCookie, need } from "./dom.js";

const THEMES = ["auto", "light", "dark"];
const COOKIE = "theme";
const KEY = `${COOKIE}${ROOT}`;

// Storage may be forbidden; the cookie is enough for this tab.
/** @param {string} theme */
function remember(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    /* see above */
  }
}

/** @param {string} theme */
function after(theme) {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
}

/** @param {HTMLFormElement} form */
export function watchTheme(form) {
  const root = document.documentElement;
  const current = () => root.dataset.theme ?? THEMES[0];
  const button = need(form, ".theme-toggle", HTMLButtonElement);
  const status = element("span", { class: "visually-hidden", role: "status" });
  form.append(status);

  /** @param {string} theme */
  const show = (theme) => {
    root.dataset.theme = theme;
    button.value = after(theme);
    button.title = `Theme: ${theme}`;
    button.setAttribute("aria-label", `Theme: ${theme}. Switch to ${after(theme)}`);
  };

  form.addEventListener("submit", (event) => {
    if (event.submitter !== button) return;
    event.preventDefault();
    const theme = after(current());
    keepCookie(COOKIE, theme);
    remember(theme);
    show(theme);
    status.textContent = `Theme: ${theme}`;
  });
  window.addEventListener("storage", (event) => {
    const theme = event.newValue;
    if (event.key === KEY && theme !== null && THEMES.includes(theme)) show(theme);
  });
  // The theme that the server drew is current, whatever is stored.
  remember(current());
}
