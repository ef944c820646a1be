// Rows inside a form: each shows only the fields of its kind; rows are added, duplicated, split, moved and removed.

import { all, closest, controls, element, find, isCheckbox, need } from "./dom.js";
import { watchReading } from "./reading.js";
import { showFieldsOfRepeat } from "./recurrence.js";
import { addSplits, moveValue, offerSplits, splitOf } from "./splits.js";

/** @typedef {import("./dom.js").Control} Control */

/** @param {HTMLElement} row */
function showFieldsOfKind(row) {
  const kind = find(row, "select[name$='-kind']", HTMLSelectElement);
  if (!kind) return;
  all(row, "[data-kinds]").forEach((part) => {
    part.hidden = !part.dataset.kinds?.split(" ").includes(kind.value) && !part.querySelector(".errors");
  });
  showFieldsOfRepeat(row);
}

/** @param {Control} control */
const fieldOf = (control) => control.name.replace(/^.*-(?:\d+|__prefix__)-/, "");

/** @param {HTMLElement} row */
const isStored = (row) => row.classList.contains("has_original");

/** @param {HTMLElement} row */
const nameOf = (row) => need(row, ".inline_label").textContent ?? "";

/** @param {HTMLElement} row */
const effectOf = (row) => find(row, "select[name$='-effect']", HTMLSelectElement)?.value;

/** @param {HTMLElement} row */
const deletionOf = (row) => need(row, "input[name$='-DELETE']", HTMLInputElement);

/** @param {HTMLElement} row */
const focusIn = (row) => find(row, "select:not([hidden]), input:not([type=hidden])")?.focus();

/**
 * Returns whether a row has no input: its fields are empty or as in the template of new rows.
 *
 * @param {HTMLElement} row
 */
export function isUntouched(row) {
  const template = row.closest(".inline-group")?.querySelector(".empty-form");
  const blanks = template ? controls(template, "input, select, textarea") : [];
  const blank = new Map(blanks.map((control) => [fieldOf(control), control.value.trim()]));
  /** @param {Control} control */
  const isBlank = (control) => {
    if (isCheckbox(control)) return !control.checked;
    const value = control.value.trim();
    return value === "" || value === blank.get(fieldOf(control));
  };
  return (
    !row.querySelector(".errorlist") && controls(row, "input:not([name$='-ORDER']), select, textarea").every(isBlank)
  );
}

/**
 * @param {string} kind
 * @param {string} words
 * @param {string} title
 */
function button(kind, words, title) {
  return element("button", { type: "button", class: kind, title }, words);
}

/* The rows of a form that may be changed. */
class Rows {
  /**
   * @param {HTMLElement} group
   * @param {HTMLFormElement} form
   * @param {HTMLElement} template the hidden row that new ones are copied from
   * @param {HTMLElement} add the button for a new row
   * @param {HTMLInputElement} total how many rows are submitted
   */
  constructor(group, form, template, add, total) {
    this.group = group;
    this.form = form;
    this.template = template;
    this.add = add;
    this.total = total;
    this.rowsMax = Number(find(group, "input[name$='-MAX_NUM_FORMS']", HTMLInputElement)?.value ?? 0);
    this.prefix = total.name.replace(/-TOTAL_FORMS$/, "");
    this.singular = group.dataset.singular ?? "row";
    this.splitting = splitOf(group);
    this.status = element("p", { role: "status", class: "visually-hidden" });
    group.append(this.status);
    all(group, ".inline-related").forEach((row) => {
      need(row, ".row-words").setAttribute("aria-live", "polite");
      const next = element("p", { class: "row-next quiet small" });
      next.hidden = true;
      need(row, ".row-head").after(next);
    });
    this.reading = watchReading(group, isUntouched);
    this.removeBlankRows();
    this.rows().forEach((row) => this.equip(row));
    this.refresh();
    add.addEventListener("click", () => this.addRow());
    group.addEventListener("click", (event) => this.click(event));
    group.addEventListener("change", (event) => {
      const asks = "select[name$='-kind'], select[name$='-repeat'], input[name$='-repeat_every']";
      const row = closest(closest(event.target, asks), ".inline-related");
      if (row) showFieldsOfKind(row);
      this.refresh();
    });
    form.addEventListener("formdata", (event) => this.submitOrder(event.formData));
    // A stored row is its description; its fields are shown on demand.
    const stored = this.rows().filter(isStored);
    stored.forEach((row) => this.setOpen(row, Boolean(row.querySelector(".errors, .errorlist"))));
    this.openLinked();
  }

  /* A link to a field of a stored row opens the row. */
  openLinked() {
    const field = document.getElementById(location.hash.slice(1));
    const row = this.rows().find((one) => isStored(one) && one.contains(field));
    if (!field || !row) return;
    this.setOpen(row, true);
    field.focus();
    row.scrollIntoView({ block: "center" });
  }

  rows() {
    return all(this.group, ".inline-related:not(.empty-form)");
  }

  // Several blank rows are for pages without scripts; with scripts one is enough.
  removeBlankRows() {
    const rows = this.rows();
    const blank = rows.slice(rows.findLastIndex((row) => !isUntouched(row)) + 1);
    blank.slice(1).forEach((row) => {
      row.remove();
      this.total.value = String(Number(this.total.value) - 1);
    });
  }

  /**
   * The row that another one moves before or after: including rules are stored before excluding ones, so rows move among those of
   * the same effect.
   *
   * @param {HTMLElement} row
   * @param {boolean} down
   * @returns {HTMLElement | undefined}
   */
  neighbour(row, down) {
    const alike = this.rows().filter((other) => effectOf(other) === effectOf(row));
    return alike[alike.indexOf(row) + (down ? 1 : -1)];
  }

  /* Numbers the rows anew, and labels and enables their buttons. */
  refresh() {
    const { singular } = this;
    const rows = this.rows();
    rows.forEach((row, place) => {
      const name = `${singular.charAt(0).toUpperCase()}${singular.slice(1)} ${place + 1}`;
      need(row, ".inline_label").textContent = isStored(row) || !isUntouched(row) ? name : `New ${singular}`;
      const labels = {
        ".row-up": `Move ${name} up`,
        ".row-down": `Move ${name} down`,
        ".row-copy": `Duplicate ${name}`,
        ".inline-deletelink": `Remove ${name}`,
        ".row-undo": `Undo: keep ${name}`,
        ".row-fold": `${row.querySelector(".row-fold")?.textContent} ${name}`,
      };
      for (const [selector, label] of Object.entries(labels)) {
        row.querySelector(selector)?.setAttribute("aria-label", label);
      }
      need(row, ".row-up", HTMLButtonElement).disabled = !this.neighbour(row, false);
      need(row, ".row-down", HTMLButtonElement).disabled = !this.neighbour(row, true);
      if (this.splitting) offerSplits(row, this.splitting);
    });
    this.add.hidden = rows.length >= this.rowsMax;
  }

  /**
   * Shows or hides the fields of a stored row.
   *
   * @param {HTMLElement} row
   * @param {boolean} open
   */
  setOpen(row, open) {
    row.classList.toggle("folded", !open);
    const fields = find(row, ".row-fields", HTMLDetailsElement);
    if (fields) fields.open = open;
    const fold = row.querySelector(".row-fold");
    fold?.setAttribute("aria-expanded", String(open));
    if (fold) fold.textContent = open ? "Fold" : "Edit";
    this.refresh();
    if (open && isStored(row) && need(row, ".row-next").hidden) this.reading.read(row);
  }

  /**
   * Marks a stored row for deletion, or keeps it.
   *
   * @param {HTMLElement} row
   * @param {boolean} isDeleted
   */
  setDeleted(row, isDeleted) {
    const box = deletionOf(row);
    box.checked = isDeleted;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    row.classList.toggle("going", isDeleted);
    need(row, ".inline-deletelink").hidden = isDeleted;
    need(row, ".row-undo").hidden = !isDeleted;
  }

  /**
   * Gives a row its buttons.
   *
   * @param {HTMLElement} row
   */
  equip(row) {
    const tools = element("span", { class: "row-tools" });
    if (isStored(row)) tools.append(button("row-fold", "Fold", "Show or hide the fields"));
    tools.append(
      button("row-up", "↑", "Move up"),
      button("row-down", "↓", "Move down"),
      button("row-copy", "Duplicate", "Duplicate"),
      row.querySelector(".inline-deletelink") ?? button("inline-deletelink", "Remove", "Remove"),
    );
    if (isStored(row)) {
      const undo = button("row-undo", "Undo", "Keep it");
      undo.hidden = true;
      tools.append(undo);
      need(row, ".delete").hidden = true;
    }
    need(row, ".row-head").append(tools);
    if (this.splitting) addSplits(row);
    if (isStored(row) && deletionOf(row).checked) this.setDeleted(row, true);
  }

  /* Makes a row from the template. */
  fresh() {
    const row = document.importNode(this.template, true);
    const index = this.total.value;
    row.classList.remove("empty-form");
    row.hidden = false;
    for (const part of [row, ...row.querySelectorAll("*")]) {
      for (const name of ["id", "name", "for", "aria-describedby", "aria-labelledby"]) {
        const value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replaceAll("__prefix__", index));
      }
      part.removeAttribute("disabled");
    }
    row.id = this.template.id.replace(/empty$/, index);
    this.total.value = String(Number(index) + 1);
    this.equip(row);
    return row;
  }

  addRow() {
    const row = this.fresh();
    const last = this.rows().at(-1);
    if (last) last.after(row);
    else this.template.before(row);
    showFieldsOfKind(row);
    focusIn(row);
    this.refresh();
    this.status.textContent = `${nameOf(row)} added`;
  }

  /**
   * Makes a row with the values of another one, behind that; nothing if there are as many as there may be.
   *
   * @param {HTMLElement} row
   */
  duplicate(row) {
    if (this.rows().length >= this.rowsMax) return null;
    const made = this.fresh();
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
    return made;
  }

  /** @param {HTMLElement} row */
  copy(row) {
    const made = this.duplicate(row);
    if (!made) return;
    this.reading.read(made);
    focusIn(made);
    this.refresh();
    this.status.textContent = `${nameOf(row)} duplicated as ${nameOf(made)}`;
  }

  /**
   * Gives a value of a row a row of its own.
   *
   * @param {HTMLElement} row
   * @param {HTMLButtonElement} pressed
   */
  separate(row, pressed) {
    const made = this.splitting && this.duplicate(row);
    if (!made || !this.splitting) return;
    moveValue(row, made, this.splitting, pressed.value);
    this.reading.read(made);
    this.status.textContent = `${nameOf(made)} is for ${pressed.textContent} alone`;
  }

  /**
   * @param {HTMLElement} row
   * @param {boolean} down
   * @param {HTMLButtonElement} pressed
   */
  move(row, down, pressed) {
    const other = this.neighbour(row, down);
    if (!other) return;
    if (down) other.after(row);
    else other.before(row);
    this.refresh();
    (pressed.disabled ? need(row, down ? ".row-up" : ".row-down") : pressed).focus();
    const words = need(row, ".row-words").textContent || this.singular;
    this.status.textContent = `${words} is ${nameOf(row)} of ${this.rows().length} now`;
    this.form.dispatchEvent(new Event("change"));
  }

  /** @param {HTMLElement} row */
  remove(row) {
    const name = nameOf(row);
    if (isStored(row)) {
      this.setDeleted(row, true);
      need(row, ".row-undo").focus();
      this.status.textContent = `${name} is deleted when you save`;
      return;
    }
    const next = row.nextElementSibling;
    const near = next?.matches(".inline-related:not(.empty-form)") ? next : row.previousElementSibling;
    // The other rows keep their numbers; a number without fields counts as an empty row.
    row.remove();
    this.refresh();
    ((near && find(near, ".inline-deletelink:not([hidden])")) ?? this.add).focus();
    this.status.textContent = `${name} removed`;
    this.form.dispatchEvent(new Event("change"));
  }

  /** @param {HTMLElement} row */
  undo(row) {
    this.setDeleted(row, false);
    need(row, ".inline-deletelink").focus();
    this.status.textContent = `${nameOf(row)} stays`;
  }

  /** @param {Event} event */
  click(event) {
    const pressed = closest(event.target, "button", HTMLButtonElement);
    const row = closest(pressed, ".inline-related");
    if (!pressed || !row) return;
    if (pressed.matches(".inline-deletelink")) this.remove(row);
    else if (pressed.matches(".row-undo")) this.undo(row);
    else if (pressed.matches(".row-copy")) this.copy(row);
    else if (pressed.matches(".row-split button")) this.separate(row, pressed);
    else if (pressed.matches(".row-fold")) this.setOpen(row, row.classList.contains("folded"));
    else if (pressed.matches(".row-up, .row-down")) this.move(row, pressed.matches(".row-down"), pressed);
  }

  /**
   * The order is submitted only if it differs from that of the numbers.
   *
   * @param {FormData} data
   */
  submitOrder(data) {
    const numbers = this.rows().map((row) => Number(row.id.replace(/^.*-/, "")));
    const isInOrder = numbers.every((number, place) => place === 0 || numbers[place - 1] < number);
    numbers.forEach((number, place) => {
      const name = `${this.prefix}-${number}-ORDER`;
      if (isInOrder) data.delete(name);
      else data.set(name, String(place + 1));
    });
  }
}

/** @param {HTMLElement} group */
export function watchRows(group) {
  all(group, ".inline-related:not(.empty-form)").forEach(showFieldsOfKind);
  const form = group.closest("form");
  const template = find(group, ".empty-form");
  const add = find(group, ".add-row");
  const total = find(group, "input[name$='-TOTAL_FORMS']", HTMLInputElement);
  if (form && template && add && total) new Rows(group, form, template, add, total);
}
