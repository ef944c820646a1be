// Ctrl K: pages, objects and actions by a few letters. What is found is put in as text; the server decides what may be seen.

import { element } from "./dom.js";

const RECENT = "sla-monitor.recent";
const RECENT_MAX = 5;
const PAUSE = 120;

// Kept for this tab alone, and no longer than somebody is logged in.
function recent() {
  try {
    return JSON.parse(sessionStorage.getItem(RECENT)) ?? [];
  } catch {
    return [];
  }
}

function remember(item) {
  const others = recent().filter((other) => other.url !== item.url);
  const kept = [{ title: item.title, kind: item.kind, url: item.url }, ...others].slice(0, RECENT_MAX);
  try {
    sessionStorage.setItem(RECENT, JSON.stringify(kept));
  } catch {
    /* Then there are no recent ones. */
  }
}

const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
const matches = (item, query) => words(query).every((word) => item.title.toLowerCase().includes(word));

// What this very page offers beside what the server knows.
function here() {
  const logOut = document.getElementById("logout-form");
  const theme = document.querySelector("button.theme-toggle");
  const links = [...document.querySelectorAll(".object-tools a[href]")];
  return [
    ...links.map((link) => ({ title: link.textContent.trim(), act: () => link.click() })),
    ...(theme ? [{ title: "Switch theme", act: () => theme.click() }] : []),
    { title: "Keyboard", act: () => document.getElementById("keyboard-button")?.click() },
    ...(logOut ? [{ title: "Log out", act: () => logOut.requestSubmit() }] : []),
  ];
}

class Palette {
  constructor() {
    this.input = element("input", {
      type: "text",
      id: "palette-input",
      name: "q",
      maxlength: 200,
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "Search pages, objects and actions",
    });
    this.list = element("div", { id: "palette-results" });
    this.status = element("p", { class: "visually-hidden" });
    const close = element("button", { type: "button" }, "Close");
    const form = element("form", { method: "get", action: "/admin/search/" }, this.input, close);
    this.dialog = element("dialog", { id: "palette" }, form, this.list, this.status);
    this.dialog.setAttribute("aria-label", "Search");
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-label": "Search pages, objects and actions",
      "aria-autocomplete": "list",
      "aria-controls": "palette-results",
      "aria-expanded": "false",
    }))
      this.input.setAttribute(name, value);
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Results");
    this.status.setAttribute("role", "status");
    this.active = -1;
    close.addEventListener("click", () => this.dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.choose();
    });
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    this.dialog.addEventListener("close", () => this.request?.abort());
    this.input.addEventListener("input", () => this.look(PAUSE));
    this.input.addEventListener("keydown", (event) => this.key(event));
    document.body.append(this.dialog);
  }

  open() {
    this.input.value = "";
    this.dialog.showModal();
    this.input.focus();
    this.look(0);
  }

  options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.isComposing) return;
    event.preventDefault();
    const count = this.options().length;
    if (count > 0) this.activate((this.active + by + count) % count);
  }

  activate(index) {
    const options = this.options();
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    this.active = options[index] ? index : -1;
    if (options[index]) {
      this.input.setAttribute("aria-activedescendant", options[index].id);
      options[index].scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  // Enter before the answer is there takes the first of it.
  choose() {
    if (this.waits) {
      this.chosen = true;
      return;
    }
    this.options()[this.active]?.click();
  }

  look(pause) {
    clearTimeout(this.timer);
    this.request?.abort();
    this.waits = true;
    this.chosen = false;
    this.timer = setTimeout(() => this.ask(), pause);
  }

  async ask() {
    const request = (this.request = new AbortController());
    const query = this.input.value.trim();
    let found = [];
    let note = "";
    try {
      const answer = await fetch(`/admin/palette/?${new URLSearchParams({ q: query })}`, {
        signal: request.signal,
        headers: { accept: "application/json" },
      });
      const told =
        answer.ok && !answer.redirected
          ? await answer.json()
          : { groups: [], note: "The server gave no answer. Load the page again." };
      found = told.groups;
      note = told.note ?? "";
    } catch {
      if (request.signal.aborted) return;
      note = "The server cannot be reached.";
    }
    this.waits = false;
    this.show(query, found, note);
    this.list.dataset.query = query;
    if (this.chosen && this.dialog.open) this.choose();
  }

  show(query, found, note) {
    const actions = here().filter((item) => matches(item, query));
    const groups = [
      { title: "Recent", items: query ? [] : recent() },
      ...found,
      { title: "Here", items: actions },
    ].filter((group) => group.items.length > 0);
    this.list.replaceChildren(...groups.map((group, at) => this.group(group, at)));
    const count = this.options().length;
    this.options().forEach((option, at) => {
      option.id = `palette-option-${at}`;
    });
    const said = note || (count ? `${count} result${count === 1 ? "" : "s"}` : "Nothing is called that.");
    this.status.textContent = said;
    if (note || !count) this.list.append(element("p", { class: "quiet" }, said));
    this.input.setAttribute("aria-expanded", String(count > 0));
    this.activate(count ? 0 : -1);
  }

  group({ title, items }, at) {
    const heading = element("div", { class: "palette-group", id: `palette-group-${at}` }, title);
    heading.setAttribute("role", "presentation");
    const box = element("div", {}, heading, ...items.map((item) => this.option(item, title === "Recent")));
    box.setAttribute("role", "group");
    box.setAttribute("aria-labelledby", heading.id);
    return box;
  }

  option(item, showsKind) {
    const option = item.url ? element("a", { href: item.url }) : element("div");
    option.append(element("bdi", {}, item.title));
    if (item.kind && showsKind) option.append(" ", element("span", { class: "quiet" }, item.kind));
    option.setAttribute("role", "option");
    option.tabIndex = -1;
    option.addEventListener("click", () => {
      this.dialog.close();
      if (item.url) remember(item);
      else item.act();
    });
    return option;
  }
}

export function watchPalette() {
  const link = document.getElementById("palette-link");
  if (!link) {
    try {
      sessionStorage.removeItem(RECENT);
    } catch {
      /* Nothing is kept then. */
    }
    return;
  }
  let palette = null;
  const open = (event) => {
    event.preventDefault();
    palette ??= new Palette();
    if (!document.querySelector("dialog[open]")) palette.open();
  };
  link.append(element("kbd", { "aria-hidden": "true" }, /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘K" : "Ctrl K"));
  link.setAttribute("aria-haspopup", "dialog");
  link.setAttribute("aria-keyshortcuts", "Control+K Meta+K");
  link.addEventListener("click", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) open(event);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey)
      open(event);
  });
}
