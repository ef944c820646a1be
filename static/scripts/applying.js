// Dates and times that apply themselves. One that is chosen with the pointer applies at once; one that is typed after a pause, unless its user
// goes on to another field: there they press Enter. After what was applied by keys, the focus is where it was.

import { ROOT, all, element, find } from "./dom.js";

/* For how long nothing is typed once a date is complete, and a time, of which each part that is typed completes it anew. */
const PAUSE = { date: 800, time: 1600 };
const HINT = "Applies by itself.";
const KEY = `sla-monitor.applied${ROOT}`;

/**
 * Submits the form, and remembers which field the keys were in.
 *
 * @param {HTMLFormElement | null} form
 * @param {string} name
 */
function apply(form, name) {
  try {
    if (name) sessionStorage.setItem(KEY, name);
  } catch {
    // Storage may be forbidden: the page begins at its top.
  }
  form?.requestSubmit();
}

/** Returns the name of the field that was remembered, once. */
function takeApplied() {
  try {
    const name = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return name;
  } catch {
    // See above.
    return null;
  }
}

/** Puts the focus into the field that was applied by keys, or on what folds it. */
export function focusApplied() {
  const name = takeApplied();
  if (!name) return;
  const field = find(document, `form[method=get] [name="${CSS.escape(name)}"]:not([type=hidden])`);
  const shown = field?.checkVisibility() ? field : find(document, "#filters-toggle summary");
  shown?.focus();
}

/**
 * Submits the form of a date or a time once it is complete, and says so below it while it does.
 *
 * @param {HTMLInputElement} input
 * @param {() => boolean} [isAsked] whether the form asks for anything yet
 */
export function watchApplying(input, isAsked = () => true) {
  let timer = 0;
  let isTyped = false;
  const cancel = () => clearTimeout(timer);
  const isDate = input.type === "date";
  const applyIfMeant = () => {
    // The first digits of a year are a year, too.
    const isComplete = input.value !== "" && !(isDate && input.value < "1000");
    // With the pointer, hours and minutes are chosen one after the other.
    const isMeant = isTyped || isDate;
    if (isComplete && isMeant && input.value !== input.defaultValue && isAsked())
      apply(input.form, isTyped ? input.name : "");
  };
  const begin = () => {
    cancel();
    const typed = isDate ? PAUSE.date : PAUSE.time;
    timer = setTimeout(applyIfMeant, isTyped ? typed : 0);
  };
  // A key that changes nothing, as that of the half of the day which is shown already, is typed as well.
  input.addEventListener("keydown", () => {
    isTyped = true;
    begin();
  });
  input.addEventListener("pointerdown", () => {
    isTyped = false;
    cancel();
  });
  input.addEventListener("blur", cancel);
  input.addEventListener("input", begin);
  const hint = element("p", { class: "quiet small", id: `${input.name}-applies` });
  const say = () => {
    hint.textContent = isAsked() ? HINT : "";
  };
  say();
  input.closest("label")?.after(hint);
  input.setAttribute("aria-describedby", hint.id);
  input.form?.addEventListener("change", say);
  // A value that was clicked changes without an event, and leads here.
  input.addEventListener("focus", say);
}

/**
 * Watches a filter with something to type beside its values: a value applies with it, alone. Without the date that it is about, it leads there.
 *
 * @param {HTMLDetailsElement} panel
 */
export function watchValues(panel) {
  const boxes = all(panel, "li input", HTMLInputElement);
  const date = find(panel, "input[type=date]", HTMLInputElement);
  if (date) watchApplying(date, () => boxes.some((box) => box.checked));
  for (const value of all(panel, "li button", HTMLButtonElement)) {
    value.addEventListener("click", (event) => {
      event.preventDefault();
      for (const box of boxes) box.checked = box.value === value.value;
      if (date && !date.value) date.focus();
      // A click that keys make has no count.
      else apply(value.form, event.detail ? "" : value.name);
    });
  }
}
