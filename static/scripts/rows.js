// Rows inside a form: each shows only the fields of its kind; rows are added and taken away.

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

export function watchRows(group) {
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
