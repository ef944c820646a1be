// Asks before a page with unsaved changes is left without submitting them.

import { all, controls, isCheckbox } from "./dom.js";

/** @typedef {import("./dom.js").Control} Control */
/** @typedef {{ isChanged: () => boolean }} Guard */

/** @type {Set<Guard>} */
const guards = new Set();
let leaving = false;

/**
 * `isChanged` returns whether input would be lost.
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
 * Marks the page as left by a submission, or as shown again.
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
 * Guards the cells of a list that differ from the stored values.
 *
 * @param {HTMLFormElement} form
 */
export function watchCells(form) {
  const cells = controls(form, "[name^=form-]:not([type=hidden])");
  /** @param {Control} cell */
  const isEdited = (cell) => {
    const [, index, key] = /^form-(\d+)-(.*)$/.exec(cell.name) ?? [];
    const stored = form.elements.namedItem(`form-${key}-initial`);
    if (stored instanceof HTMLInputElement && isCheckbox(cell)) return cell.checked !== (stored.value[+index] === "1");
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
 * Guards the fields of *Change selected*, also after going back from the preview.
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
    // A download leaves the page open, so a submission counts once.
    if (leaving) leaving = false;
    else if ([...guards].some((one) => one.isChanged())) event.preventDefault();
  });
  window.addEventListener("pageshow", () => leave(false));
}
