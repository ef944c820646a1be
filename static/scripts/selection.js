// Counts what is chosen in a list, chooses ranges with Shift, and all of a page with one box. All rows of the list, on other pages
// too, are offered once all of this page are chosen.

export function watchSelection(form) {
  const boxes = [...form.querySelectorAll("input.action-select")];
  const counter = form.querySelector(".action-counter");
  const all = document.getElementById("action-toggle");
  const across = form.querySelector("input[type=checkbox].select-across");
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    const isAll = boxes.length > 0 && chosen === boxes.length;
    if (across && !isAll) across.checked = false;
    form.classList.toggle("all-chosen", isAll);
    if (counter)
      counter.textContent = across?.checked
        ? `All ${counter.dataset.total} selected`
        : `${chosen} of ${boxes.length} selected`;
    if (all) {
      all.checked = isAll;
      all.indeterminate = chosen > 0 && !isAll;
    }
  };
  let last = null;
  all?.addEventListener("change", () => {
    boxes.forEach((box) => {
      box.checked = all.checked;
    });
    count();
  });
  across?.addEventListener("change", count);
  form.addEventListener("click", (event) => {
    if (!event.target.matches("input.action-select")) return;
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(event.target)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((box) => {
        box.checked = event.target.checked;
      });
    }
    last = event.target;
    count();
  });
  // Other ways to tick a box, such as keys, say so by this event.
  form.addEventListener("change", (event) => {
    if (event.target.matches("input.action-select")) count();
  });
  // A browser that goes back to this page keeps the ticks.
  window.addEventListener("pageshow", count);
  count();
}
