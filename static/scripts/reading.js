// Reads rows back in words while they are typed. The server finds the words; without it the row keeps what it said.

const PAUSE = 250;
// What a proxy in between may still take for an address.
const ADDRESS_MAX = 6000;

function labelOf(row, field) {
  const control = row.querySelector(`.field-${field}`);
  return control?.querySelector("label[for], .label")?.textContent.trim().toLowerCase() ?? field;
}

function questions(row, group) {
  const number = row.id.replace(/^.*-/, "");
  const query = new URLSearchParams({ row: number });
  const zone = document.getElementById(group.querySelector(".zone-of-rows")?.dataset.field ?? "");
  const around = [zone, ...group.closest("form").querySelectorAll("input.vDateField")];
  around
    .filter((control) => control?.name && !group.contains(control))
    .forEach((control) => query.append(control.name, control.value));
  row.querySelectorAll("[name]").forEach((control) => {
    if (/-(id|DELETE|ORDER)$/.test(control.name) || (control.type === "checkbox" && !control.checked)) return;
    query.append(control.name, control.value);
  });
  return query;
}

function show(row, { words, next, notes, errors }) {
  const [line, later] = [row.querySelector(".row-words"), row.querySelector(".row-next")];
  const wrong = Object.entries(errors);
  const missing = wrong
    .filter(([, texts]) => /required|at least one|^choose/i.test(texts[0]))
    .map(([field]) => labelOf(row, field));
  line.classList.toggle("incomplete", wrong.length > 0);
  line.classList.toggle("wrong", missing.length < wrong.length);
  if (wrong.length === 0) line.textContent = words;
  else if (missing.length === wrong.length) line.textContent = `Still missing: ${missing.join(", ")}`;
  else {
    const [field, texts] = wrong.find(([name]) => !missing.includes(labelOf(row, name)));
    line.textContent = `${labelOf(row, field)}: ${texts[0]}`;
  }
  const ahead = next.slice(0, 3).join("; then ");
  const lead = /^(Now|Never)/.test(ahead) ? "" : "Next: ";
  later.textContent = [ahead ? `${lead}${ahead}.` : "", ...notes].filter(Boolean).join(" ");
  later.hidden = later.textContent === "";
}

export function watchReading(group, isUntouched) {
  const url = group.dataset.readUrl;
  const timers = new WeakMap();
  const asked = new WeakMap();
  const clear = (row) => {
    row.querySelector(".row-words").textContent = "";
    row.querySelector(".row-words").classList.remove("wrong");
    row.querySelector(".row-next").hidden = true;
  };
  const read = async (row) => {
    const mine = (asked.get(row) ?? 0) + 1;
    asked.set(row, mine);
    if (isUntouched(row)) return clear(row);
    const query = questions(row, group).toString();
    if (query.length > ADDRESS_MAX) return undefined;
    try {
      const answer = await fetch(`${url}?${query}`, { headers: { accept: "application/json" } });
      if (!answer.ok || answer.redirected) return undefined;
      const told = await answer.json();
      if (asked.get(row) === mine) show(row, told);
    } catch {
      // Nobody answers: what was said last stands, and a save tells what is wrong.
    }
    return undefined;
  };
  const soon = (row) => {
    clearTimeout(timers.get(row));
    timers.set(
      row,
      setTimeout(() => read(row), PAUSE),
    );
  };
  const typed = (event) => {
    const row = event.target.closest(".inline-related");
    if (row && !/-DELETE$/.test(event.target.name)) soon(row);
  };
  group.addEventListener("input", typed);
  group.addEventListener("change", typed);
  const around = (event) => {
    const zone = group.querySelector(".zone-of-rows");
    if (zone && event.target.id === zone.dataset.field)
      zone.textContent = event.target.value.trim() || zone.dataset.otherwise;
    else if (!event.target.matches("input.vDateField")) return;
    group.querySelectorAll(".inline-related:has(.row-next:not([hidden]))").forEach(soon);
  };
  group.closest("form").addEventListener("change", around);
  return { read };
}
