// Counts what is chosen in a list, chooses ranges with Shift, and all of a page with one box.

export function watchSelection(form) {
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
