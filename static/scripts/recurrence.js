// The builder of recurrences: each way of repeating shows the fields that count for it.

import { all, controls, find } from "./dom.js";

/** @type {Record<string, string[]>} */
const FIELDS = {
  date: ["every", "month_day", "month"],
  weekday: ["every", "place", "day", "month"],
  workday: ["every", "place", "month"],
  weeks: ["every", "weekdays"],
  days: ["every"],
};

/** @param {HTMLElement} row */
export function showFieldsOfRepeat(row) {
  const way = find(row, "select[name$='-repeat']", HTMLSelectElement);
  if (!way) return;
  const shown = FIELDS[way.value] ?? [];
  all(row, "[class*='field-repeat_']").forEach((field) => {
    const name = /field-repeat_(\w+)/.exec(field.className)?.[1] ?? "";
    field.hidden = !shown.includes(name) && !field.matches(".errors");
  });
  const every = find(row, "input[name$='-repeat_every']", HTMLInputElement);
  const anchor = find(row, ".field-anchor_date");
  if (!anchor) return;
  // Only what is not every one is counted from a date.
  const isNeeded = way.value === "" || (every !== null && !["", "1"].includes(every.value.trim()));
  const isGiven = controls(anchor, "input").some((control) => control.value !== "");
  anchor.hidden = !isNeeded && !isGiven && !anchor.matches(".errors");
}
