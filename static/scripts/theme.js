// Light, dark or auto, without loading the page anew. The cookie tells the server; the key in local storage tells other tabs.

const THEMES = ["auto", "light", "dark"];
const KEY = "theme";
const YEAR = 31536000;

// Storage may be forbidden; the page then looks right all the same, as the cookie says.
function remember(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    /* see above */
  }
}

function after(theme) {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
}

export function watchTheme(form) {
  const root = document.documentElement;
  const button = form.querySelector(".theme-toggle");
  const told = document.createElement("span");
  told.className = "visually-hidden";
  told.setAttribute("role", "status");
  form.append(told);

  const show = (theme) => {
    root.dataset.theme = theme;
    button.value = after(theme);
    button.title = `Theme: ${theme}`;
    button.setAttribute("aria-label", `Theme: ${theme}. Switch to ${after(theme)}`);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const theme = after(root.dataset.theme);
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${KEY}=${theme}; Path=/; SameSite=Lax; Max-Age=${YEAR}${secure}`;
    remember(theme);
    show(theme);
    told.textContent = `Theme: ${theme}`;
  });
  window.addEventListener("storage", (event) => {
    if (event.key === KEY && THEMES.includes(event.newValue)) show(event.newValue);
  });
  // What the server drew is what holds, also where another tab or another browser profile left something else behind.
  remember(root.dataset.theme);
}
