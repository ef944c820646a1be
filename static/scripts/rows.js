// Rows inside a form: each shows only the fields of its kind; rows are added, copied, moved and taken away.

import { element } from "./dom.js";
import { watchReading } from "./reading.js";

// So many stored rows are shown open; of more, each shows what it says, and its fields on demand.
const OPEN_MAX = 3;

function showFieldsOfKind(row) {
  const kind = row.querySelector("select[name$='-kind']");
  if (!kind) return;
  row.querySelectorAll("[data-kinds]").forEach((part) => {
    part.hidden = !part.dataset.kinds.split(" ").includes(kind.value) && !part.querySelector(".errors");
  });
}

const fieldOf = (control) => control.name.replace(/^.*-(?:\d+|__prefix__)-/, "");

// A row without input: its fields are empty, or as in the template of new rows.
export function isUntouched(row) {
  const template = row.closest(".inline-group")?.querySelector(".empty-form");
  const blank = new Map(
    [...(template?.querySelectorAll("input, textarea") ?? [])].map((control) => [
      fieldOf(control),
      control.value.trim(),
    ]),
  );
  const isBlank = (control) => {
    if (control.type === "checkbox") return !control.checked;
    const value = control.value.trim();
    return value === "" || value === blank.get(fieldOf(control));
  };
  return (
    !row.querySelector(".errorlist") &&
    [...row.querySelectorAll("input:not([name$='-ORDER']), textarea")].every(isBlank)
  );
}

export function watchRows(group) {
  const form = group.closest("form");
  const template = group.querySelector(".empty-form");
  const add = group.querySelector(".add-row");
  const total = group.querySelector("input[name$='-TOTAL_FORMS']");
  const most = Number(group.querySelector("input[name$='-MAX_NUM_FORMS']")?.value ?? 0);
  const singular = group.dataset.singular ?? "row";
  const rows = () => [...group.querySelectorAll(".inline-related:not(.empty-form)")];
  const isStored = (row) => row.classList.contains("has_original");
  rows().forEach(showFieldsOfKind);
  if (!template || !add || !total) return;
  const prefix = total.name.replace(/-TOTAL_FORMS$/, "");
  const status = element("p", { role: "status", class: "visually-hidden" });
  group.append(status);
  group.querySelectorAll(".inline-related").forEach((row) => {
    row.querySelector(".row-words").setAttribute("aria-live", "polite");
    const next = element("p", { class: "row-next quiet small" });
    next.hidden = true;
    row.querySelector(".row-head").after(next);
  });
  const reading = watchReading(group, isUntouched);

  // Blank rows are there for those without scripts; one of them is enough, as long as the button makes more.
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

  // What includes is stored before what excludes: rows move among their like.
  const effectOf = (row) => row.querySelector("select[name$='-effect']")?.value;
  const neighbour = (row, down) => {
    const all = rows().filter((other) => effectOf(other) === effectOf(row));
    return all[all.indexOf(row) + (down ? 1 : -1)];
  };
  const nameOf = (row) => row.querySelector(".inline_label").textContent;
  const refresh = () => {
    const all = rows();
    all.forEach((row, place) => {
      const name = `${singular.charAt(0).toUpperCase()}${singular.slice(1)} ${place + 1}`;
      row.querySelector(".inline_label").textContent = isStored(row) || !isUntouched(row) ? name : `New ${singular}`;
      const label = (selector, words) => row.querySelector(selector)?.setAttribute("aria-label", words);
      label(".row-up", `Move ${name} up`);
      label(".row-down", `Move ${name} down`);
      label(".row-copy", `Duplicate ${name}`);
      label(".inline-deletelink", `Remove ${name}`);
      label(".row-undo", `Undo: keep ${name}`);
      label(".row-fold", `${row.querySelector(".row-fold")?.textContent} ${name}`);
      row.querySelector(".row-up").disabled = !neighbour(row, false);
      row.querySelector(".row-down").disabled = !neighbour(row, true);
    });
    add.hidden = all.length >= most;
  };
  const setOpen = (row, open) => {
    row.classList.toggle("folded", !open);
    const fold = row.querySelector(".row-fold");
    fold?.setAttribute("aria-expanded", String(open));
    if (fold) fold.textContent = open ? "Fold" : "Edit";
    refresh();
    if (open && isStored(row) && row.querySelector(".row-next").hidden) reading.read(row);
  };
  const setGoing = (row, going) => {
    const box = row.querySelector("input[name$='-DELETE']");
    box.checked = going;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    row.classList.toggle("going", going);
    row.querySelector(".inline-deletelink").hidden = going;
    row.querySelector(".row-undo").hidden = !going;
  };
  const equip = (row) => {
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
      row.querySelector(".delete").hidden = true;
    }
    row.querySelector(".row-head").append(tools);
    if (isStored(row) && row.querySelector("input[name$='-DELETE']").checked) setGoing(row, true);
  };
  const fresh = () => {
    const row = template.cloneNode(true);
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
  const focusIn = (row) => row.querySelector("select:not([hidden]), input:not([type=hidden])")?.focus();

  add.addEventListener("click", () => {
    const row = fresh();
    rows().at(-1)?.after(row) ?? template.before(row);
    showFieldsOfKind(row);
    focusIn(row);
    refresh();
    status.textContent = `${nameOf(row)} added`;
  });
  const copy = (row) => {
    if (rows().length >= most) return;
    const made = fresh();
    made.querySelectorAll("[name]").forEach((control) => {
      const name = fieldOf(control);
      if (name === "id") return;
      const from = [...row.querySelectorAll("[name]")].filter((other) => fieldOf(other) === name);
      if (control.type === "checkbox")
        control.checked = from.some((other) => other.value === control.value && other.checked);
      else if (from.length) control.value = from[0].value;
    });
    row.after(made);
    showFieldsOfKind(made);
    reading.read(made);
    focusIn(made);
    refresh();
    status.textContent = `${nameOf(row)} duplicated as ${nameOf(made)}`;
  };
  const move = (row, down, button) => {
    const other = neighbour(row, down);
    if (!other) return;
    if (down) other.after(row);
    else other.before(row);
    refresh();
    (button.disabled ? row.querySelector(down ? ".row-up" : ".row-down") : button).focus();
    status.textContent = `${row.querySelector(".row-words").textContent || singular} is ${nameOf(row)} of ${rows().length} now`;
    form.dispatchEvent(new Event("change"));
  };
  const remove = (row) => {
    const name = nameOf(row);
    if (isStored(row)) {
      setGoing(row, true);
      row.querySelector(".row-undo").focus();
      status.textContent = `${name} goes when you save`;
      return;
    }
    const near = row.nextElementSibling?.matches(".inline-related:not(.empty-form)")
      ? row.nextElementSibling
      : row.previousElementSibling;
    // The numbers of the other rows stay as they are; a number without fields is a row that was left empty.
    row.remove();
    refresh();
    (near?.querySelector?.(".inline-deletelink:not([hidden])") ?? add).focus();
    status.textContent = `${name} removed`;
    form.dispatchEvent(new Event("change"));
  };
  group.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = button?.closest(".inline-related");
    if (!row) return;
    if (button.matches(".inline-deletelink")) remove(row);
    else if (button.matches(".row-undo")) {
      setGoing(row, false);
      row.querySelector(".inline-deletelink").focus();
      status.textContent = `${nameOf(row)} stays`;
    } else if (button.matches(".row-copy")) copy(row);
    else if (button.matches(".row-fold")) setOpen(row, row.classList.contains("folded"));
    else if (button.matches(".row-up, .row-down")) move(row, button.matches(".row-down"), button);
  });
  group.addEventListener("change", (event) => {
    if (event.target.matches("select[name$='-kind']")) showFieldsOfKind(event.target.closest(".inline-related"));
    refresh();
  });
  // The order is said only where it is another than that of the numbers.
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
