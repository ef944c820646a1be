// Leaving a page with something unsaved in it is asked about, unless it is sent.

import { all, controls, isCheckbox } from "./dom.js";

/** @typedef {import("./dom.js").Control} Control */
/** @typedef {{ isChanged: () => boolean }} Guard */

/** @type {Set<Guard>} */
const guards = new Set();
let leaving = false;

/**
 * `isChanged` says whether something would be lost.
 *
 * @param {Guard} added
 */
export function guard(added) {
  guards.add(added);
}

/** @param {Guard} removed */
export function unguard(removed) {
  guards.delete(removed);
}

/**
 * The input is sent with the page that comes next, or the page is shown again.
 *
 * @param {boolean} isLeaving
 */
export function leave(isLeaving) {
  leaving = isLeaving;
}

/**
 * @param {HTMLFormElement} form
 * @param {() => boolean} isChanged
 */
function watchSent(form, isChanged) {
  guard({ isChanged });
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) leave(true);
  });
}

/** @param {Control} control */
function differs(control) {
  if (isCheckbox(control)) return control.checked !== control.defaultChecked;
  if (control instanceof HTMLSelectElement)
    return [...control.options].some((option) => option.selected !== option.defaultSelected);
  return control.value !== control.defaultValue;
}

/**
 * The cells of a list: edited, or refused and still not what is stored.
 *
 * @param {HTMLFormElement} form
 */
export function watchCells(form) {
  const cells = controls(form, "[name^=form-]:not([type=hidden])");
  /** @param {Control} cell */
  const isEdited = (cell) => {
    const stored = form.elements.namedItem(`${cell.name}-initial`);
    if (stored instanceof HTMLInputElement && isCheckbox(cell)) return cell.checked !== (stored.value === "1");
    return differs(cell);
  };
  const isChanged = () => cells.some(isEdited);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.getAttribute("name") !== "index" || !isChanged()) return;
    if (
      !window.confirm(
        "You have edited cells of this list that are not saved. The action loses them. Go on without saving?",
      )
    )
      event.preventDefault();
  });
  watchSent(form, isChanged);
}

/**
 * Fields of many objects: what was chosen for them, also before a preview.
 *
 * @param {HTMLFormElement} form
 */
export function watchOrders(form) {
  const chosen = () => JSON.stringify([...new FormData(form)]);
  const came = chosen();
  watchSent(
    form,
    () => chosen() !== came || all(form, "select[name^=_do_]", HTMLSelectElement).some((how) => how.value !== ""),
  );
}

/** @param {HTMLFormElement} form */
export function watchText(form) {
  watchSent(form, () => controls(form, "textarea").some(differs));
}

export function watchLeaving() {
  window.addEventListener("beforeunload", (event) => {
    // A file that is sent back leaves the page where it is, so one sending counts once.
    if (leaving) leaving = false;
    else if ([...guards].some((one) => one.isChanged())) event.preventDefault();
  });
  window.addEventListener("pageshow", () => leave(false));
}
