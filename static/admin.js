// The admin works without this file. With it, lists count what is chosen, a rule shows only the fields of its kind, rows are added and
// taken away, and a long choice can be narrowed.
"use strict";

function watchSelection(form) {
  const boxes = [...form.querySelectorAll("input.action-select")];
  const counter = form.querySelector(".action-counter");
  const all = document.getElementById("action-toggle");
  const across = form.querySelector("input[type=checkbox].select-across");
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (counter) counter.textContent = `${chosen} of ${boxes.length} selected`;
    if (all) {
      all.checked = boxes.length > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
  };
  let last = null;
  all?.addEventListener("change", () => {
    boxes.forEach((box) => { box.checked = all.checked; });
    if (across && !all.checked) across.checked = false;
    count();
  });
  across?.addEventListener("change", () => {
    if (across.checked) boxes.forEach((box) => { box.checked = true; });
    count();
  });
  form.addEventListener("click", (event) => {
    if (!event.target.matches("input.action-select")) return;
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(event.target)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((box) => { box.checked = event.target.checked; });
    }
    last = event.target;
    if (across && !event.target.checked) across.checked = false;
    count();
  });
  // A browser that goes back to this page keeps the ticks.
  window.addEventListener("pageshow", count);
  count();
}

function showFieldsOfKind(row) {
  const kind = row.querySelector("select[name$='-kind']");
  if (!kind) return;
  row.querySelectorAll("[data-kinds]").forEach((part) => {
    part.hidden = !part.dataset.kinds.split(" ").includes(kind.value) && !part.querySelector(".errors");
  });
}

function isUntouched(row) {
  const controls = [...row.querySelectorAll("input, textarea")];
  return !row.querySelector(".errorlist")
    && controls.every((control) => (control.type === "checkbox" ? !control.checked : control.value.trim() === ""));
}

function watchRows(group) {
  const template = group.querySelector(".empty-form");
  const add = group.querySelector(".add-row");
  const total = group.querySelector("input[name$='-TOTAL_FORMS']");
  const most = Number(group.querySelector("input[name$='-MAX_NUM_FORMS']")?.value ?? 0);
  const rows = () => [...group.querySelectorAll(".inline-related:not(.empty-form)")];
  rows().forEach(showFieldsOfKind);
  group.addEventListener("change", (event) => {
    if (event.target.matches("select[name$='-kind']")) showFieldsOfKind(event.target.closest(".inline-related"));
  });
  if (!template || !add || !total) return;
  const offer = () => { add.hidden = rows().length >= most; };
  // Blank rows are there for those without scripts; one of them is enough, as long as the button makes more.
  const blank = rows().reverse();
  const touched = blank.findIndex((row) => !isUntouched(row));
  blank.slice(0, touched < 0 ? blank.length : touched).reverse().slice(1).forEach((row) => {
    row.remove();
    total.value = String(Number(total.value) - 1);
  });
  add.addEventListener("click", () => {
    const row = template.cloneNode(true);
    const index = total.value;
    row.classList.remove("empty-form");
    row.hidden = false;
    for (const element of [row, ...row.querySelectorAll("*")]) {
      for (const name of ["id", "name", "for", "aria-describedby", "aria-labelledby"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replaceAll("__prefix__", index));
      }
      element.removeAttribute("disabled");
    }
    row.id = template.id.replace(/empty$/, index);
    total.value = String(Number(index) + 1);
    add.before(row);
    showFieldsOfKind(row);
    row.querySelector("select, input:not([type=hidden])")?.focus();
    offer();
  });
  // The numbers of the other rows stay as they are; a number without fields is a row that was left empty.
  group.addEventListener("click", (event) => {
    if (!event.target.matches(".inline-deletelink")) return;
    event.target.closest(".inline-related").remove();
    offer();
    add.focus();
  });
  offer();
}

// A click chooses one more, or one less; the others stay chosen.
function watchChoices(select) {
  select.addEventListener("mousedown", (event) => {
    if (event.target.tagName !== "OPTION" || event.shiftKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const top = select.scrollTop;
    event.target.selected = !event.target.selected;
    select.focus();
    select.scrollTop = top;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
  if (select.options.length <= 10) return;
  const filter = document.createElement("input");
  filter.type = "search";
  filter.className = "many-filter";
  filter.placeholder = "Filter";
  filter.setAttribute("aria-label", `Filter: ${select.labels[0]?.textContent.trim() ?? ""}`);
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const option of select.options) option.hidden = !option.text.toLowerCase().includes(wanted);
  });
  filter.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  select.before(filter);
}

document.documentElement.classList.add("scripted");
document.querySelectorAll("#changelist-form").forEach(watchSelection);
document.querySelectorAll(".js-inline-admin-formset").forEach(watchRows);
document.querySelectorAll(".many-select select").forEach(watchChoices);
document.querySelector(".errors input, .errors select, .errors textarea")?.focus();
