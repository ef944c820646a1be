// Single keys for lists and pages. None acts while the user types, and all of them can be switched off (WCAG 2.1.4).

import { all, closest, element, find } from "./dom.js";

const SWITCH = "sla-monitor.keys";
const TYPED_INTO = [
  "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset])",
  "select",
  "textarea",
  "[contenteditable]",
  "[role=combobox]",
  "[role=listbox]",
  "[role=textbox]",
].join();

/** @type {[string, string, (() => void) | null][]} */
const KEYS = [
  ["Ctrl K", "Search pages, objects and actions (⌘ K on a Mac)", null],
  ["Ctrl S", "Save the form, as Ctrl Enter does (⌘ on a Mac)", null],
  ["/", "Go to the search of this page, which Escape leaves", () => search()],
  ["j", "Next row", () => step(1)],
  ["k", "Previous row", () => step(-1)],
  ["x", "Select the row, or no longer", () => boxOf(row())?.click()],
  ["o", "Open the row, as Enter does", () => linkOf(row())?.click()],
  ["n", "Add one", () => find(document, ".object-tools .addlink")?.click()],
  ["u", "Up: to the list, then to the start page", () => up()?.click()],
  ["h", "Start page", () => document.getElementById("site-name")?.click()],
  ["?", "These keys", () => help().showModal()],
];

/** @type {HTMLElement | null} */
let last = null;

const rows = () => all(document, "#result_list > tbody > tr");
const row = () =>
  closest(document.activeElement, "#result_list > tbody > tr") ?? (last && rows().includes(last) ? last : null);
// The link out of a form keeps the filters of the list.
const up = () => find(document, "main .closelink") ?? all(document, ".breadcrumbs a").at(-1);
// The row's own link, before those of its chips, which lead to other objects.
/** @param {HTMLElement | null} line */
const linkOf = (line) => line && (find(line, "td > a[id]") ?? find(line, "a[href]"));

/** @param {HTMLElement | null} line */
const boxOf = (line) => line && find(line, "input.action-select");

// The row's own link takes the focus: Enter opens it, and screen readers say its name.
/** @param {number} by */
function step(by) {
  const lines = rows();
  const at = lines.findIndex((line) => line === row());
  const next = lines[at < 0 ? 0 : Math.min(Math.max(at + by, 0), lines.length - 1)];
  const target = next && (linkOf(next) ?? find(next, "input, button"));
  if (!next || !target) return;
  last = next;
  target.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function search() {
  const field = find(document, "#searchbar", HTMLInputElement);
  if (!field) find(document, "#palette-link")?.click();
  // In a narrow window the field may be among options that are folded.
  const options = find(document, "#options-toggle", HTMLDetailsElement);
  if (options) options.open = true;
  field?.focus();
  field?.select();
}

function leaveSearch() {
  (linkOf(row()) ?? document.getElementById("content-start"))?.focus();
}

// Without storage the keys are on.
function isOn() {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
}

/** @param {boolean} on */
function turn(on) {
  try {
    localStorage.setItem(SWITCH, on ? "on" : "off");
  } catch {
    /* The setting applies to this page only. */
  }
}

/** @type {HTMLDialogElement | null} */
let dialog = null;

function help() {
  if (dialog) return dialog;
  const list = element("dl");
  for (const [key, words] of KEYS) {
    const keys = key.split(" ").flatMap((part) => [element("kbd", {}, part), " "]);
    list.append(element("div", {}, element("dt", {}, ...keys), element("dd", {}, words)));
  }
  const box = element("input", { type: "checkbox", id: "keys-on" });
  box.checked = isOn();
  box.addEventListener("change", () => turn(box.checked));
  const close = element("button", { type: "button" }, "Close");
  close.addEventListener("click", () => made.close());
  const made = element(
    "dialog",
    { id: "keyboard-help" },
    element("h2", { id: "keyboard-title" }, "Keyboard"),
    list,
    element("label", {}, box, " Single keys act (Ctrl K does in any case)"),
    element("div", { class: "dialog-buttons" }, close),
  );
  made.setAttribute("aria-labelledby", "keyboard-title");
  document.body.append(made);
  dialog = made;
  return made;
}

export function watchKeyboard() {
  const button = element("button", { type: "button", id: "keyboard-button" }, "Keyboard");
  button.setAttribute("aria-haspopup", "dialog");
  button.addEventListener("click", () => help().showModal());
  document.getElementById("footer")?.append(button);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || (event.repeat && !"jk".includes(event.key))) return;
    if (event.key === "Escape" && closest(event.target, "#searchbar")) {
      event.preventDefault();
      leaveSearch();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !isOn() || document.querySelector("dialog[open]")) return;
    if (closest(event.target, TYPED_INTO)) return;
    const act = KEYS.find(([key]) => key === event.key)?.[2];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
