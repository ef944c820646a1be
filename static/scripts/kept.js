// Input survives the end of the session. It is stored in this tab while the form is submitted, without passwords and
// files. If the answer is the login page, it waits there, and after the login the server draws the form with it: nothing is saved
// before its user saves it. If the answer refuses the form, as after a permission was taken away, it waits until the form can be opened
// again. Any other answer, and another user, remove it.

import { ROOT, all, element, find } from "./dom.js";
import { leave } from "./guards.js";

const KEY = `sla-monitor.kept${ROOT}`;
const LENGTH_MAX = 1_000_000;

/** @typedef {{ user: string, address: string, fields: [string, string][], waits?: boolean }} Entry */

// Storage may be forbidden or full: then nothing is stored, and the server's page explains what to do.
/** @returns {Entry | null} */
function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

function forget() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    /* see above */
  }
}

/** @param {Entry} entry */
function keep(entry) {
  const text = JSON.stringify(entry);
  if (text.length > LENGTH_MAX) return forget();
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    forget();
  }
  return undefined;
}

// A field named “action” would hide the form's own property.
/** @param {HTMLFormElement} form */
function addressOf(form) {
  const url = new URL(form.getAttribute("action") || location.href, location.href);
  return url.pathname + url.search;
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 * @returns {[string, string][]}
 */
function fieldsOf(form, submitter) {
  const secret = new Set(all(form, "input[type=password]", HTMLInputElement).map((field) => field.name));
  return [...new FormData(form, submitter)].flatMap(([name, value]) =>
    typeof value === "string" && name !== "csrfmiddlewaretoken" && !secret.has(name) ? [[name, value]] : [],
  );
}

/** @param {Entry} entry */
function draw({ address, fields }) {
  const token = find(document, "input[name=csrfmiddlewaretoken]", HTMLInputElement)?.value ?? "";
  const form = element("form", { method: "post", action: address, hidden: "" });
  for (const [name, value] of [["csrfmiddlewaretoken", token], ...fields, ["_redraw", "1"]]) {
    form.append(element("input", { type: "hidden", name, value }));
  }
  document.body.append(form);
  leave(true);
  HTMLFormElement.prototype.submit.call(form);
}

/**
 * Keeps the entry when the server did not accept the form; it is more complete than what the login page contains.
 *
 * @param {HTMLElement} page
 * @param {Entry | null} entry
 */
function wait(page, entry) {
  if (!entry || entry.address !== page.dataset.returned) return;
  keep({ ...entry, waits: true });
  all(page, "[name^='kept.']").forEach((field) => field.remove());
  all(page, ".not-kept").forEach((part) => {
    part.hidden = true;
  });
  all(page, ".kept-by-script").forEach((part) => {
    part.hidden = false;
  });
}

/**
 * Keeps the entry when the page refuses the form, and says so.
 *
 * @param {Entry} entry
 */
function hold(entry) {
  keep({ ...entry, waits: true });
  const words =
    "What you entered is kept in this tab, except passwords. Once the form can be opened again, it shows it for you to save.";
  find(document, "main .notice")?.after(element("p", { class: "notice", id: "held" }, words));
}

/**
 * Returns to the form what waits for it, and removes what nothing waits for.
 *
 * @param {string} user
 * @param {Entry} entry
 */
function bringBack(user, entry) {
  const isOwn = entry.user === user;
  const isHere = location.pathname + location.search === entry.address;
  if (isOwn && isHere && document.body.matches(".message")) return hold(entry);
  // A form that is only to be read has no button.
  const hasForm = isHere && find(document, "main form[method=post] button[type=submit]") !== null;
  if (!isOwn || !entry.waits || hasForm) forget();
  if (isOwn && entry.waits && hasForm) draw(entry);
  return undefined;
}

export function watchKept() {
  const { user } = document.body.dataset;
  const page = find(document, "[data-returned]");
  const entry = stored();
  if (page) wait(page, entry);
  else if (user && entry) bringBack(user, entry);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented || !user) return undefined;
    if (form.getAttribute("method") !== "post" || !form.closest("main")) return undefined;
    // A file cannot be stored, and its form is useless without it.
    if (all(form, "input[type=file]", HTMLInputElement).some((field) => field.files?.length)) return forget();
    return keep({ user, address: addressOf(form), fields: fieldsOf(form, event.submitter) });
  });
}
