// Ctrl K: finds pages, objects and what can be opened of them by a few letters. Results are inserted as text; the server decides what the user may view.

import { ROOT, all, element, find } from "./dom.js";

/**
 * @typedef {{ title: string, url: string, kind?: string }} Link
 * @typedef {{ title: string, act: () => void }} Action
 * @typedef {{ title: string, items: (Link | Action)[] }} Group
 * @typedef {{ groups: Group[], note?: string }} Answer
 */

const RECENT = `sla-monitor.recent${ROOT}`;
const RECENT_MAX = 5;
const PAUSE = 120;

// Stored for this tab, until the session ends.
/** @returns {Link[]} */
function recent() {
  try {
    return JSON.parse(sessionStorage.getItem(RECENT) ?? "null") ?? [];
  } catch {
    return [];
  }
}

/** @param {Link} item */
function remember(item) {
  const others = recent().filter((other) => other.url !== item.url);
  const kept = [{ title: item.title, kind: item.kind, url: item.url }, ...others].slice(0, RECENT_MAX);
  try {
    sessionStorage.setItem(RECENT, JSON.stringify(kept));
  } catch {
    /* Then there are no recent items. */
  }
}

/**
 * @param {Action} item
 * @param {string} query
 */
function matches(item, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => item.title.toLowerCase().includes(word));
}

// The actions of the current page, which the server does not know.
/** @returns {Action[]} */
function actionsOfPage() {
  const logOut = find(document, "#logout-form", HTMLFormElement);
  const theme = find(document, "button.theme-toggle");
  const links = all(document, ".object-tools a[href]");
  return [
    ...links.map((link) => ({ title: link.textContent?.trim() ?? "", act: () => link.click() })),
    ...(theme ? [{ title: "Switch theme", act: () => theme.click() }] : []),
    { title: "Keyboard", act: () => document.getElementById("keyboard-button")?.click() },
    ...(logOut ? [{ title: "Log out", act: () => logOut.requestSubmit() }] : []),
  ];
}

class Palette {
  active = -1;
  timer = 0;
  // Whether a response is pending, and whether Enter was pressed meanwhile.
  waits = false;
  chosen = false;
  /** @type {AbortController | null} */
  request = null;

  /** @param {HTMLElement} link to the search page, which says where the entries come from */
  constructor(link) {
    this.url = link.dataset.paletteUrl ?? "";
    this.input = element("input", {
      type: "text",
      id: "palette-input",
      name: "q",
      maxlength: "200",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "Search pages, objects and actions",
      role: "combobox",
      "aria-label": "Search pages, objects and actions",
      "aria-autocomplete": "list",
      "aria-controls": "palette-results",
      "aria-expanded": "false",
    });
    this.list = element("div", { id: "palette-results", role: "listbox", "aria-label": "Results" });
    this.status = element("p", { class: "visually-hidden", role: "status" });
    const close = element("button", { type: "button" }, "Close");
    const form = element("form", { method: "get", action: link.getAttribute("href") ?? "" }, this.input, close);
    this.dialog = element("dialog", { id: "palette", "aria-label": "Search" }, form, this.list, this.status);
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
    return all(this.list, "[role=option]");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const by = event.key === "ArrowDown" ? 1 : -1;
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.isComposing) return;
    event.preventDefault();
    const count = this.options().length;
    if (count > 0) this.activate((this.active + by + count) % count);
  }

  /** @param {number} index */
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

  // Enter before the response selects its first result.
  choose() {
    if (this.waits) {
      this.chosen = true;
      return;
    }
    this.options()[this.active]?.click();
  }

  /** @param {number} pause */
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
    /** @type {Answer} */
    let found = { groups: [] };
    try {
      const answer = await fetch(`${this.url}?${new URLSearchParams({ q: query })}`, {
        signal: request.signal,
        headers: { accept: "application/json" },
      });
      if (answer.ok && !answer.redirected) found = await answer.json();
      else found.note = "The server gave no answer. Load the page again.";
    } catch {
      if (request.signal.aborted) return;
      found.note = "The server cannot be reached.";
    }
    this.waits = false;
    this.show(query, found);
    this.list.dataset.query = query;
    if (this.chosen && this.dialog.open) this.choose();
  }

  /**
   * @param {string} query
   * @param {Answer} answer
   */
  show(query, { groups: found, note = "" }) {
    const actions = actionsOfPage().filter((item) => matches(item, query));
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
    const summary = note || (count ? `${count} result${count === 1 ? "" : "s"}` : "Nothing is called that.");
    this.status.textContent = summary;
    if (note || !count) this.list.append(element("p", { class: "quiet" }, summary));
    this.input.setAttribute("aria-expanded", String(count > 0));
    this.activate(count ? 0 : -1);
  }

  /**
   * @param {Group} group
   * @param {number} at
   */
  group({ title, items }, at) {
    const id = `palette-group-${at}`;
    const heading = element("div", { class: "palette-group", id, role: "presentation" });
    heading.append(element("bdi", {}, title));
    const options = items.map((item) => this.option(item, title === "Recent"));
    return element("div", { role: "group", "aria-labelledby": id }, heading, ...options);
  }

  /**
   * @param {Link | Action} item
   * @param {boolean} showsKind
   */
  option(item, showsKind) {
    const option = "url" in item ? element("a", { href: item.url }) : element("div");
    option.append(element("bdi", {}, item.title));
    if (showsKind && "kind" in item && item.kind) option.append(" ", element("span", { class: "quiet" }, item.kind));
    option.setAttribute("role", "option");
    option.tabIndex = -1;
    option.addEventListener("click", () => {
      this.dialog.close();
      if ("url" in item) remember(item);
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
      /* Then nothing is stored. */
    }
    return;
  }
  /** @type {Palette | null} */
  let palette = null;
  /** @param {Event} event */
  const open = (event) => {
    event.preventDefault();
    palette ??= new Palette(link);
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
