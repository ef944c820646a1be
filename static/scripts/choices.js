// Long choices of several can be narrowed, and need no key held down.

// A click chooses one more, or one less; the others stay chosen.
export function watchChoices(select) {
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
