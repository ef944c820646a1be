// Forms of objects: unsaved input is not lost by accident, errors get the focus, and a key saves.

import { choose, watchChoices, watchZone } from "./choices.js";
import { watchRelated } from "./dialogs.js";
import { all, closest, element, find, isCheckbox, isControl, need } from "./dom.js";
import { guard as keep, leave, unguard, watchCells, watchLeaving, watchOrders, watchText } from "./guards.js";
import { watchPreview } from "./preview.js";
import { isUntouched, watchRows } from "./rows.js";

/**
 * Returns what a form would submit, without blank rows.
 *
 * @param {HTMLFormElement} form
 */
function content(form) {
  const blank = all(form, ".inline-related:not(.has_original)")
    .filter(isUntouched)
    .map((row) => row.id.replace(/^dialog-\d+-/, ""));
  /** @param {[string, FormDataEntryValue]} field */
  const isEntered = ([name, value]) =>
    name !== "csrfmiddlewaretoken" &&
    !/-TOTAL_FORMS$/.test(name) &&
    !blank.some((row) => name.startsWith(`${row}-`)) &&
    !(value === "" && /-\d+-id$/.test(name));
  return JSON.stringify([...new FormData(form)].filter(isEntered));
}

/**
 * Returns the same for the values that the server sent, whatever the browser has restored.
 *
 * @param {HTMLFormElement} form
 */
function original(form) {
  const copy = document.importNode(form, true);
  copy.reset();
  return content(copy);
}

/** @param {HTMLElement} part */
function focusable(part) {
  if (part.matches("select[hidden]")) return find(part.closest(".many-select") ?? part, ".choices-search");
  return isControl(part) ? part : (find(part, "input:not([type=hidden]), select:not([hidden]), textarea") ?? part);
}

/** @param {HTMLElement} part */
function showControl(part) {
  const row = closest(part, ".inline-related.folded");
  if (row) need(row, ".row-fold").click();
  const control = focusable(part);
  if (control && !control.matches("input, select, textarea, button, a")) control.tabIndex = -1;
  control?.focus();
  control?.scrollIntoView({ block: "center" });
}

/** @param {HTMLFormElement} form */
function watchErrors(form) {
  form.querySelector(".error-summary")?.addEventListener("click", (event) => {
    const link = closest(event.target, "a", HTMLAnchorElement);
    if (!link) return;
    event.preventDefault();
    const part = document.getElementById(link.hash.slice(1));
    if (part) showControl(part);
  });
  const first = find(form, ".errors") ?? find(form, "#conflict, .inline-related .errorlist, .errornote, .errorlist");
  if (first) showControl(first);
}

/**
 * Lists the fields that saving would restore to their old values.
 *
 * @param {HTMLElement} section
 */
function listPutBack(section) {
  const note = find(section, ".only-theirs-note");
  const fields = note?.querySelector(".fields");
  if (!note || !fields) return;
  const left = all(section, "tr.only-theirs:not(.taken) th").map((head) => head.firstChild?.textContent ?? "");
  note.hidden = left.length === 0;
  fields.replaceChildren(...left.flatMap((label, place) => [place > 0 ? ", " : "", element("strong", {}, label)]));
}

/**
 * Adds one button for all fields that only another session changed.
 *
 * @param {HTMLElement} section
 */
function offerAllTheirs(section) {
  const open = () => all(section, "tr.only-theirs:not(.taken) .take-theirs");
  if (open().length === 0) return;
  const button = element(
    "button",
    { type: "button", class: "take-all-theirs" },
    "Take theirs for all that I did not change",
  );
  need(section, ".only-theirs-note").after(button);
  button.addEventListener("click", () => {
    open().forEach((one) => one.click());
    // This button is not there any more.
    need(section, "tr.only-theirs .take-theirs").focus();
  });
  section.addEventListener("click", () => {
    button.hidden = open().length === 0;
  });
}

/**
 * Gives a control the values that another session stored.
 *
 * @param {import("./dom.js").Control} control
 * @param {[string, string][]} theirs
 */
function take(control, theirs) {
  if (control instanceof HTMLSelectElement && control.multiple) {
    [...control.options].forEach((option) => {
      option.selected = false;
    });
    theirs.forEach(([value, text]) => choose(control, value, text, true));
  } else if (isCheckbox(control)) control.checked = theirs.length > 0 && !["", "0", "off"].includes(theirs[0][0]);
  else control.value = theirs.at(-1)?.[0] ?? "";
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
}

/**
 * Returns the values of a control as they can be taken again.
 *
 * @param {import("./dom.js").Control} control
 * @returns {[string, string][]}
 */
function valuesOf(control) {
  if (control instanceof HTMLSelectElement) {
    return [...control.selectedOptions].map((option) => [option.value, option.text]);
  }
  if (isCheckbox(control)) return control.checked ? [["on", ""]] : [];
  return [[control.value, ""]];
}

/**
 * Adds a button that takes what another session stored, and then one's own again: nothing typed is lost by it.
 *
 * @param {HTMLElement} row
 * @param {import("./dom.js").Control} control
 */
function offerTheirs(row, control) {
  const [head, yours] = [need(row, "th"), need(row, ".yours")];
  const label = head.textContent ?? "";
  const typed = yours.textContent;
  let mine = valuesOf(control);
  const button = element("button", { type: "button", class: "take-theirs" });
  /** @param {string} words */
  const call = (words) => {
    button.textContent = words;
    button.setAttribute("aria-label", `${words}: ${label}`);
  };
  call("Take theirs");
  head.append(button);
  button.addEventListener("click", () => {
    const isTaken = row.classList.toggle("taken");
    if (isTaken) mine = valuesOf(control);
    take(control, isTaken ? JSON.parse(row.dataset.values ?? "[]") : mine);
    call(isTaken ? "Take mine again" : "Take theirs");
    yours.textContent = isTaken ? need(row, ".now").textContent : typed;
    const section = closest(row, "section");
    if (section) listPutBack(section);
  });
}

/** @param {HTMLFormElement} form */
function watchTheirs(form) {
  all(form, "section.conflict tr[data-name]").forEach((row) => {
    const control = form.elements.namedItem(row.dataset.name ?? "");
    if (isControl(control)) offerTheirs(row, control);
  });
  all(form, "section.conflict").forEach(offerAllTheirs);
}

/** @param {HTMLFormElement} form */
function watchFields(form) {
  all(form, ".many-select select", HTMLSelectElement).forEach(watchChoices);
  all(form, "input[list=timezones], input[list$=-timezones]", HTMLInputElement).forEach(watchZone);
}

/**
 * Adds all scripted behaviour to a form. Returns its guard, which a dialog asks before it closes.
 *
 * @type {import("./dialogs.js").Enhance}
 */
export function enhance(form) {
  all(form, ".js-inline-admin-formset").forEach(watchRows);
  watchFields(form);
  watchTheirs(form);
  watchRelated(form, enhance);
  const buttons = all(form, ".submit-row button", HTMLButtonElement);
  const note = form.querySelector(".unsaved");
  // Refused input, or one of which there is a preview, is not stored anywhere.
  const refused = Boolean(form.querySelector(".errornote, #preview"));
  const came = original(form);
  let sending = false;
  const guard = {
    isChanged: () => refused || content(form) !== came,
    ready: () => {
      sending = false;
      buttons.forEach((button) => {
        button.disabled = false;
      });
    },
    stop: () => unguard(guard),
  };
  if (buttons.length === 0) return guard;
  keep(guard);
  const showState = () => {
    const words = guard.isChanged() ? "Unsaved changes" : "";
    if (note && note.textContent !== words) note.textContent = words;
  };
  let waiting = 0;
  const soon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(showState);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", (event) => {
    if (sending) {
      event.preventDefault();
      return;
    }
    sending = true;
    // The button that was pressed is sent, so it is disabled only afterwards.
    setTimeout(() => {
      if (event.defaultPrevented && !form.closest("dialog")) return guard.ready();
      leave(!event.defaultPrevented);
      buttons.forEach((button) => {
        button.disabled = true;
      });
      return undefined;
    });
  });
  window.addEventListener("pageshow", () => {
    guard.ready();
    showState();
  });
  watchErrors(form);
  watchPreview(form);
  showState();
  return guard;
}

export function watchForms() {
  all(document, "main form.object-form", HTMLFormElement).forEach(enhance);
  all(document, "#changelist-form", HTMLFormElement).forEach(watchCells);
  all(document, "#bulk-form", HTMLFormElement).forEach((form) => {
    watchFields(form);
    watchOrders(form);
  });
  all(document, "#import-form", HTMLFormElement).forEach(watchText);
  watchLeaving();
  document.addEventListener("keydown", (event) => {
    const saves =
      (event.ctrlKey || event.metaKey) &&
      !event.altKey &&
      !event.shiftKey &&
      (event.key === "s" || event.key === "Enter");
    if (!saves) return;
    const inDialog = all(document, "dialog[open] form.object-form", HTMLFormElement).at(-1);
    const form = inDialog ?? find(document, "main form.object-form", HTMLFormElement);
    const button = form && find(form, ".submit-row button.default:not([disabled])");
    if (!button || (document.querySelector("dialog[open]") && !inDialog)) return;
    event.preventDefault();
    form.requestSubmit(button);
  });
}
