// Rows inside a form: each shows only the fields of its kind; rows are added, duplicated, moved and removed.

import { all, closest, controls, element, find, isCheckbox, need } from "./dom.js";
import { watchReading } from "./reading.js";

// Up to this many stored rows are shown open; if there are more, each shows its description, and its fields on demand.
const OPEN_MAX = 3;

/** @typedef {import("./dom.js").Control} Control */

/** @param {HTMLElement} row */
function showFieldsOfKind(row) {
  const kind = find(row, "select[name$='-kind']", HTMLSelectElement);
  if (!kind) return;
  all(row, "[data-kinds]").forEach((part) => {
    part.hidden = !part.dataset.kinds?.split(" ").includes(kind.value) && !part.querySelector(".errors");
  });
}

/** @param {Control} control */
const fieldOf = (control) => control.name.replace(/^.*-(?:\d+|__prefix__)-/, "");

// Returns whether a row has no input: its fields are empty or as in the template of new rows.
/** @param {HTMLElement} row */
export function isUntouched(row) {
  const template = row.closest(".inline-group")?.querySelector(".empty-form");
  const blanks = template ? controls(template, "input, textarea") : [];
  const blank = new Map(blanks.map((control) => [fieldOf(control), control.value.trim()]));
  /** @param {Control} control */
  const isBlank = (control) => {
    if (isCheckbox(control)) return !control.checked;
    const value = control.value.trim();
    return value === "" || value === blank.get(fieldOf(control));
  };
  return !row.querySelector(".errorlist") && controls(row, "input:not([name$='-ORDER']), textarea").every(isBlank);
}

/** @param {HTMLElement} group */
export function watchRows(group) {
  const form = group.closest("form");
  const template = find(group, ".empty-form");
  const add = find(group, ".add-row");
  const total = find(group, "input[name$='-TOTAL_FORMS']", HTMLInputElement);
  const most = Number(find(group, "input[name$='-MAX_NUM_FORMS']", HTMLInputElement)?.value ?? 0);
  const singular = group.dataset.singular ?? "row";
  const rows = () => all(group, ".inline-related:not(.empty-form)");
  /** @param {HTMLElement} row */
  const isStored = (row) => row.classList.contains("has_original");
  rows().forEach(showFieldsOfKind);
  if (!form || !template || !add || !total) return;
  const prefix = total.name.replace(/-TOTAL_FORMS$/, "");
  const status = element("p", { role: "status", class: "visually-hidden" });
  group.append(status);
  all(group, ".inline-related").forEach((row) => {
    need(row, ".row-words").setAttribute("aria-live", "polite");
    const next = element("p", { class: "row-next quiet small" });
    next.hidden = true;
    need(row, ".row-head").after(next);
  });
  const reading = watchReading(group, isUntouched);

  // Several blank rows are for pages without scripts; with scripts one is enough.
  const blank = rows().reverse();
  const touched = blank.findIndex((row) => !isUntouched(row));
  blank
    .slice(0, touched < 0 ? blank.length : touched)
    .reverse()
    .slice(1)
    .forEach((row) => {
      row.remove();
      total.value = String(Number(total.value) - 1);
    });

  // Including rules are stored before excluding ones: rows move among those of the same effect.
  /** @param {HTMLElement} row */
  const effectOf = (row) => find(row, "select[name$='-effect']", HTMLSelectElement)?.value;
  /**
   * @param {HTMLElement} row
   * @param {boolean} down
   * @returns {HTMLElement | undefined}
   */
  const neighbour = (row, down) => {
    const alike = rows().filter((other) => effectOf(other) === effectOf(row));
    return alike[alike.indexOf(row) + (down ? 1 : -1)];
  };
  /** @param {HTMLElement} row */
  const nameOf = (row) => need(row, ".inline_label").textContent ?? "";
  const refresh = () => {
    const shown = rows();
    shown.forEach((row, place) => {
      const name = `${singular.charAt(0).toUpperCase()}${singular.slice(1)} ${place + 1}`;
      need(row, ".inline_label").textContent = isStored(row) || !isUntouched(row) ? name : `New ${singular}`;
      /**
       * @param {string} selector
       * @param {string} words
       */
      const label = (selector, words) => row.querySelector(selector)?.setAttribute("aria-label", words);
      label(".row-up", `Move ${name} up`);
      label(".row-down", `Move ${name} down`);
      label(".row-copy", `Duplicate ${name}`);
      label(".inline-deletelink", `Remove ${name}`);
      label(".row-undo", `Undo: keep ${name}`);
      label(".row-fold", `${row.querySelector(".row-fold")?.textContent} ${name}`);
      need(row, ".row-up", HTMLButtonElement).disabled = !neighbour(row, false);
      need(row, ".row-down", HTMLButtonElement).disabled = !neighbour(row, true);
    });
    add.hidden = shown.length >= most;
  };
  /**
   * @param {HTMLElement} row
   * @param {boolean} open
   */
  const setOpen = (row, open) => {
    row.classList.toggle("folded", !open);
    const fold = row.querySelector(".row-fold");
    fold?.setAttribute("aria-expanded", String(open));
    if (fold) fold.textContent = open ? "Fold" : "Edit";
    refresh();
    if (open && isStored(row) && need(row, ".row-next").hidden) reading.read(row);
  };
  /**
   * @param {HTMLElement} row
   * @param {boolean} going
   */
  const setGoing = (row, going) => {
    const box = need(row, "input[name$='-DELETE']", HTMLInputElement);
    box.checked = going;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    row.classList.toggle("going", going);
    need(row, ".inline-deletelink").hidden = going;
    need(row, ".row-undo").hidden = !going;
  };
  /** @param {HTMLElement} row */
  const equip = (row) => {
    /**
     * @param {string} kind
     * @param {string} words
     * @param {string} title
     */
    const button = (kind, words, title) => element("button", { type: "button", class: kind, title }, words);
    const tools = element("span", { class: "row-tools" });
    if (isStored(row)) tools.append(button("row-fold", "Fold", "Show or hide the fields"));
    tools.append(
      button("row-up", "↑", "Move up"),
      button("row-down", "↓", "Move down"),
      button("row-copy", "Duplicate", "Duplicate"),
    );
    const remove = row.querySelector(".inline-deletelink") ?? button("inline-deletelink", "Remove", "Remove");
    tools.append(remove);
    if (isStored(row)) {
      const undo = button("row-undo", "Undo", "Keep it");
      undo.hidden = true;
      tools.append(undo);
      need(row, ".delete").hidden = true;
    }
    need(row, ".row-head").append(tools);
    if (isStored(row) && need(row, "input[name$='-DELETE']", HTMLInputElement).checked) setGoing(row, true);
  };
  const fresh = () => {
    const row = document.importNode(template, true);
    const index = total.value;
    row.classList.remove("empty-form");
    row.hidden = false;
    for (const part of [row, ...row.querySelectorAll("*")]) {
      for (const name of ["id", "name", "for", "aria-describedby", "aria-labelledby"]) {
        const value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replaceAll("__prefix__", index));
      }
      part.removeAttribute("disabled");
    }
    row.id = template.id.replace(/empty$/, index);
    total.value = String(Number(index) + 1);
    equip(row);
    return row;
  };
  /** @param {HTMLElement} row */
  const focusIn = (row) => find(row, "select:not([hidden]), input:not([type=hidden])")?.focus();

  add.addEventListener("click", () => {
    const row = fresh();
    const last = rows().at(-1);
    if (last) last.after(row);
    else template.before(row);
    showFieldsOfKind(row);
    focusIn(row);
    refresh();
    status.textContent = `${nameOf(row)} added`;
  });
  /** @param {HTMLElement} row */
  const copy = (row) => {
    if (rows().length >= most) return;
    const made = fresh();
    controls(made, "[name]").forEach((control) => {
      const name = fieldOf(control);
      if (name === "id") return;
      const from = controls(row, "[name]").filter((other) => fieldOf(other) === name);
      if (isCheckbox(control))
        control.checked = from.some((other) => isCheckbox(other) && other.value === control.value && other.checked);
      else if (from.length) control.value = from[0].value;
    });
    row.after(made);
    showFieldsOfKind(made);
    reading.read(made);
    focusIn(made);
    refresh();
    status.textContent = `${nameOf(row)} duplicated as ${nameOf(made)}`;
  };
  /**
   * @param {HTMLElement} row
   * @param {boolean} down
   * @param {HTMLButtonElement} button
   */
  const move = (row, down, button) => {
    const other = neighbour(row, down);
    if (!other) return;
    if (down) other.after(row);
    else other.before(row);
    refresh();
    (button.disabled ? need(row, down ? ".row-up" : ".row-down") : button).focus();
    const words = need(row, ".row-words").textContent || singular;
    status.textContent = `${words} is ${nameOf(row)} of ${rows().length} now`;
    form.dispatchEvent(new Event("change"));
  };
  /** @param {HTMLElement} row */
  const remove = (row) => {
    const name = nameOf(row);
    if (isStored(row)) {
      setGoing(row, true);
      need(row, ".row-undo").focus();
      status.textContent = `${name} is deleted when you save`;
      return;
    }
    const near = row.nextElementSibling?.matches(".inline-related:not(.empty-form)")
      ? row.nextElementSibling
      : row.previousElementSibling;
    // The other rows keep their numbers; a number without fields counts as an empty row.
    row.remove();
    refresh();
    ((near && find(near, ".inline-deletelink:not([hidden])")) ?? add).focus();
    status.textContent = `${name} removed`;
    form.dispatchEvent(new Event("change"));
  };
  group.addEventListener("click", (event) => {
    const button = closest(event.target, "button", HTMLButtonElement);
    const row = closest(button, ".inline-related");
    if (!button || !row) return;
    if (button.matches(".inline-deletelink")) remove(row);
    else if (button.matches(".row-undo")) {
      setGoing(row, false);
      need(row, ".inline-deletelink").focus();
      status.textContent = `${nameOf(row)} stays`;
    } else if (button.matches(".row-copy")) copy(row);
    else if (button.matches(".row-fold")) setOpen(row, row.classList.contains("folded"));
    else if (button.matches(".row-up, .row-down")) move(row, button.matches(".row-down"), button);
  });
  group.addEventListener("change", (event) => {
    const row = closest(closest(event.target, "select[name$='-kind']"), ".inline-related");
    if (row) showFieldsOfKind(row);
    refresh();
  });
  // The order is submitted only if it differs from that of the numbers.
  form.addEventListener("formdata", (event) => {
    const numbers = rows().map((row) => Number(row.id.replace(/^.*-/, "")));
    const inOrder = numbers.every((number, place) => place === 0 || numbers[place - 1] < number);
    numbers.forEach((number, place) => {
      const name = `${prefix}-${number}-ORDER`;
      if (inOrder) event.formData.delete(name);
      else event.formData.set(name, String(place + 1));
    });
  });
  rows().forEach(equip);
  refresh();
  const stored = rows().filter(isStored);
  if (stored.length > OPEN_MAX)
    stored.forEach((row) => setOpen(row, Boolean(row.querySelector(".errors, .errorlist"))));
}
