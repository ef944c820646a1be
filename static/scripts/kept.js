// What was entered into a form outlasts the end of the session. It is kept in this tab while the form is sent, without passwords and
// files. If the answer is the login page, it waits there, and after the login the server draws the form with it: nothing is saved
// before its user saves it. Any other answer, and another user, remove it.

import { element } from "./dom.js";
import { leave } from "./guards.js";

const KEY = "sla-monitor.kept";
const LENGTH_MAX = 1_000_000;

// Storage may be forbidden or full: nothing is kept then, and the server's page says what to do.
function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
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

// A form may have a field called “action”, which then stands before the form's own property.
function addressOf(form) {
  const url = new URL(form.getAttribute("action") || location.href, location.href);
  return url.pathname + url.search;
}

function fieldsOf(form, submitter) {
  const secret = new Set([...form.querySelectorAll("input[type=password]")].map((field) => field.name));
  const fields = [...new FormData(form, submitter)];
  return fields.filter(
    ([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken" && !secret.has(name),
  );
}

function draw({ address, fields }) {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const form = element("form", { method: "post", action: address, hidden: "" });
  for (const [name, value] of [["csrfmiddlewaretoken", token], ...fields, ["_redraw", "1"]]) {
    form.append(element("input", { type: "hidden", name, value }));
  }
  document.body.append(form);
  leave(true);
  HTMLFormElement.prototype.submit.call(form);
}

/* The server did not take the form. What this tab has of it is more than the page holds. */
function wait(page, entry) {
  if (entry?.address !== page.dataset.returned) return;
  keep({ ...entry, waits: true });
  page.querySelectorAll("[name^='kept.']").forEach((field) => field.remove());
  page.querySelectorAll(".not-kept").forEach((part) => {
    part.hidden = true;
  });
  page.querySelectorAll(".kept-by-script").forEach((part) => {
    part.hidden = false;
  });
}

export function watchKept() {
  const { user } = document.body.dataset;
  const page = document.querySelector("[data-returned]");
  const entry = stored();
  if (page) wait(page, entry);
  else if (user && entry) {
    const isHere = location.pathname + location.search === entry.address;
    if (entry.user !== user || !entry.waits || isHere) forget();
    if (entry.user === user && entry.waits && isHere) draw(entry);
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !user || form.getAttribute("method") !== "post" || !form.closest("main")) return;
    // A file cannot be kept, and its form means nothing without it.
    if ([...form.querySelectorAll("input[type=file]")].some((field) => field.files.length > 0)) return forget();
    keep({ user, address: addressOf(form), fields: fieldsOf(form, event.submitter) });
  });
}
