// The admin works without this file; with it, lists count what is chosen and a rule shows only the fields of its kind.
"use strict";

function countSelected(form) {
  const boxes = [...form.querySelectorAll("input.action-select")];
  const counter = form.querySelector(".action-counter");
  const all = document.getElementById("action-toggle");
  const chosen = boxes.filter((box) => box.checked).length;
  if (counter) counter.textContent = `${chosen} of ${boxes.length} selected`;
  if (all) all.checked = boxes.length > 0 && chosen === boxes.length;
}

function watchSelection(form) {
  const all = document.getElementById("action-toggle");
  let last = null;
  all?.addEventListener("change", () => {
    form.querySelectorAll("input.action-select").forEach((box) => { box.checked = all.checked; });
    countSelected(form);
  });
  form.addEventListener("click", (event) => {
    if (!event.target.matches("input.action-select")) return;
    const boxes = [...form.querySelectorAll("input.action-select")];
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(event.target)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((box) => { box.checked = event.target.checked; });
    }
    last = event.target;
    countSelected(form);
  });
  countSelected(form);
}

const FIELDS_OF_KIND = {
  weekly: ["weekdays", "start_time", "end_time", "end_day_offset", "duration_mode"],
  rrule: ["rrule", "anchor_date", "start_time", "end_time", "end_day_offset", "duration_mode"],
  dates: ["dates", "start_time", "end_time", "end_day_offset", "duration_mode"],
  once: ["start_local", "end_local"],
};
const KIND_FIELDS = new Set(Object.values(FIELDS_OF_KIND).flat());

function showFieldsOfKind(row) {
  const kind = row.querySelector("select[name$='-kind']");
  if (!kind) return;
  const wanted = FIELDS_OF_KIND[kind.value] ?? [];
  row.querySelectorAll(".form-row").forEach((field) => {
    const name = [...field.classList].find((name) => name.startsWith("field-"))?.slice("field-".length);
    field.hidden = KIND_FIELDS.has(name) && !wanted.includes(name) && !field.classList.contains("errors");
  });
}

document.querySelectorAll("#changelist-form").forEach(watchSelection);
document.querySelectorAll(".inline-related").forEach((row) => {
  showFieldsOfKind(row);
  row.addEventListener("change", (event) => {
    if (event.target.matches("select[name$='-kind']")) showFieldsOfKind(row);
  });
});
document.querySelector(".errors input, .errors select, .errors textarea")?.focus();
