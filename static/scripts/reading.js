// Describes rows in words while the user types. The server provides the words; without a response the row keeps the previous ones.

import { all, closest, controls, find, isCheckbox, isControl, need } from "./dom.js";

/**
 * A row in words: its meaning, its next occurrences, notes, and errors by field.
 *
 * @typedef {{ words: string, next: string[], notes: string[], errors: Record<string, string[]> }} Reading
 */

const PAUSE = 250;
// Proxies may refuse longer URLs.
const ADDRESS_MAX = 6000;

/**
 * @param {HTMLElement} row
 * @param {string} field
 */
function labelOf(row, field) {
  const label = row.querySelector(`.field-${field}`)?.querySelector("label[for], .label");
  return label?.textContent?.trim().toLowerCase() ?? field;
}

/**
 * @param {HTMLElement} row
 * @param {HTMLElement} group
 */
function questions(row, group) {
  const number = row.id.replace(/^.*-/, "");
  const query = new URLSearchParams({ row: number });
  const zone = document.getElementById(find(group, ".zone-of-rows")?.dataset.field ?? "");
  const around = group.closest("form")?.querySelectorAll("input.vDateField") ?? [];
  [zone, ...around].forEach((control) => {
    if (isControl(control) && control.name && !group.contains(control)) query.append(control.name, control.value);
  });
  controls(row, "[name]").forEach((control) => {
    if (/-(id|DELETE|ORDER)$/.test(control.name) || (isCheckbox(control) && !control.checked)) return;
    query.append(control.name, control.value);
  });
  return query;
}

/**
 * @param {HTMLElement} row
 * @param {Reading} reading
 */
function show(row, { words, next, notes, errors }) {
  const [line, later] = [need(row, ".row-words"), need(row, ".row-next")];
  const wrong = Object.entries(errors);
  const missing = wrong
    .filter(([, texts]) => /required|at least one|^choose/i.test(texts[0]))
    .map(([field]) => labelOf(row, field));
  line.classList.toggle("incomplete", wrong.length > 0);
  line.classList.toggle("wrong", missing.length < wrong.length);
  const fault = wrong.find(([name]) => !missing.includes(labelOf(row, name)));
  if (fault) line.textContent = `${labelOf(row, fault[0])}: ${fault[1][0]}`;
  else line.textContent = missing.length > 0 ? `Still missing: ${missing.join(", ")}` : words;
  const ahead = next.slice(0, 3).join("; then ");
  const lead = /^(Now|Never)/.test(ahead) ? "" : "Next: ";
  later.textContent = [ahead ? `${lead}${ahead}.` : "", ...notes].filter(Boolean).join(" ");
  later.hidden = later.textContent === "";
}

/**
 * @param {HTMLElement} group
 * @param {(row: HTMLElement) => boolean} isUntouched
 */
export function watchReading(group, isUntouched) {
  const url = group.dataset.readUrl;
  /** @type {WeakMap<HTMLElement, number>} */
  const timers = new WeakMap();
  /** @type {WeakMap<HTMLElement, number>} */
  const asked = new WeakMap();
  /** @param {HTMLElement} row */
  const clear = (row) => {
    const line = need(row, ".row-words");
    line.textContent = "";
    line.classList.remove("wrong");
    need(row, ".row-next").hidden = true;
  };
  /** @param {HTMLElement} row */
  const read = async (row) => {
    const mine = (asked.get(row) ?? 0) + 1;
    asked.set(row, mine);
    if (isUntouched(row)) return clear(row);
    const query = questions(row, group).toString();
    if (query.length > ADDRESS_MAX) return undefined;
    try {
      const answer = await fetch(`${url}?${query}`, { headers: { accept: "application/json" } });
      if (!answer.ok || answer.redirected) return undefined;
      const reading = await answer.json();
      if (asked.get(row) === mine) show(row, reading);
    } catch {
      // Without an answer the row keeps its words, and a save reports what is wrong.
    }
    return undefined;
  };
  /** @param {HTMLElement} row */
  const soon = (row) => {
    clearTimeout(timers.get(row));
    timers.set(
      row,
      setTimeout(() => read(row), PAUSE),
    );
  };
  /** @param {Event} event */
  const typed = (event) => {
    const row = closest(event.target, ".inline-related");
    if (row && !(isControl(event.target) && event.target.name.endsWith("-DELETE"))) soon(row);
  };
  group.addEventListener("input", typed);
  group.addEventListener("change", typed);
  group.closest("form")?.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    const zone = find(group, ".zone-of-rows");
    const isZone = zone !== null && target.id === zone.dataset.field;
    if (isZone) zone.textContent = target.value.trim() || (zone.dataset.otherwise ?? "");
    if (isZone || target.matches(".vDateField"))
      all(group, ".inline-related:has(.row-next:not([hidden]))").forEach(soon);
  });
  return { read };
}
