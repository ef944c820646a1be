// Dates and times that apply themselves. One that is chosen with the pointer applies at once; one that is typed after a pause, unless its user
// goes on to another field: there they press Enter.

import { all, element, find } from "./dom.js";

/* For how long nothing is typed once a date or a time is complete. */
const PAUSE = 800;
const HINT = "Applies by itself.";

/**
 * Submits the form of a date or a time once it is complete, and says so below it.
 *
 * @param {HTMLInputElement} input
 * @param {() => boolean} [isAsked] whether the form asks for anything yet
 */
export function watchApplying(input, isAsked = () => true) {
  let timer = 0;
  let isTyped = false;
  const wait = () => clearTimeout(timer);
  const isDate = input.type === "date";
  input.addEventListener("keydown", () => {
    isTyped = true;
    wait();
  });
  input.addEventListener("pointerdown", () => {
    isTyped = false;
  });
  input.addEventListener("blur", wait);
  input.addEventListener("input", () => {
    wait();
    // The first digits of a year are a year, too.
    const isComplete = input.value !== "" && !(isDate && input.value < "1000");
    // Hours and minutes are chosen one after the other.
    const isMeant = isTyped || isDate;
    if (!isComplete || !isMeant || input.value === input.defaultValue || !isAsked()) return;
    timer = setTimeout(() => input.form?.requestSubmit(), isTyped ? PAUSE : 0);
  });
  const hint = element("p", { class: "quiet small", id: `${input.name}-applies` }, HINT);
  input.closest("label")?.after(hint);
  input.setAttribute("aria-describedby", hint.id);
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
      else value.form?.requestSubmit();
    });
  }
}
