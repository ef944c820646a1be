// Values of a row that can go into a row of their own, as one weekday of a weekly rule: a button for each that is ticked.

import { all, element, find, need } from "./dom.js";

/**
 * The field of the values, what is said before them, and the field of the new row that is typed into next.
 *
 * @typedef {{ field: string, words: string, next: string }} Split
 */

/**
 * Returns how the rows of a form are split, if they can be.
 *
 * @param {HTMLElement} group
 * @returns {Split | null}
 */
export function splitOf(group) {
  const { splitField: field, splitWords: words, splitNext: next } = group.dataset;
  return field && words && next ? { field, words, next } : null;
}

/**
 * @param {HTMLElement} row
 * @param {Split} split
 */
const boxes = (row, split) => all(row, `.field-${split.field} input[type=checkbox]`, HTMLInputElement);

/**
 * Gives a row the line of its buttons, in place of those that submit the form.
 *
 * @param {HTMLElement} row
 */
export function addSplits(row) {
  row.querySelector(".row-split")?.remove();
  need(row, ".row-head").append(element("p", { class: "row-split" }));
}

/**
 * Offers the ticked values of a row, if there are several and the row is of a kind that shows them.
 *
 * @param {HTMLElement} row
 * @param {Split} split
 */
export function offerSplits(row, split) {
  const line = need(row, ".row-split");
  const ticked = boxes(row, split).filter((box) => box.checked && !box.closest(".row-part[hidden]"));
  const offered = ticked.length > 1 ? ticked : [];
  const values = offered.map((box) => box.value).join(" ");
  line.hidden = values === "";
  if (line.dataset.values === values) return;
  line.dataset.values = values;
  const buttons = offered.flatMap((box) => {
    const words = box.closest("label")?.textContent?.trim() ?? box.value;
    const attributes = { type: "button", value: box.value, "aria-label": `${split.words} ${words}` };
    return [" ", element("button", attributes, words)];
  });
  line.replaceChildren(split.words, ...buttons);
}

/**
 * Leaves a value to the new row alone, which is a copy of the other one, and gives that the focus.
 *
 * @param {HTMLElement} row
 * @param {HTMLElement} made
 * @param {Split} split
 * @param {string} value
 */
export function moveValue(row, made, split, value) {
  boxes(made, split).forEach((box) => {
    box.checked = box.value === value;
  });
  boxes(row, split).forEach((box) => {
    if (box.value !== value) return;
    box.checked = false;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
  const next = find(made, `input[name$='-${split.next}']`, HTMLInputElement);
  next?.focus();
  next?.select();
}
