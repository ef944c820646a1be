// Counts the selected rows of a list, selects ranges with Shift, and all rows of a page with one box. All rows of the list, on other
// pages too, are offered once all of this page are selected.

import { all, find } from "./dom.js";

/** @param {HTMLFormElement} form */
export function watchSelection(form) {
  const boxes = all(form, "input.action-select", HTMLInputElement);
  const counter = find(form, ".action-counter");
  const toggle = find(document, "#action-toggle", HTMLInputElement);
  const across = find(form, "input[type=checkbox].select-across", HTMLInputElement);
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    const isAll = boxes.length > 0 && chosen === boxes.length;
    if (across && !isAll) across.checked = false;
    form.classList.toggle("all-chosen", isAll);
    if (counter)
      counter.textContent = across?.checked
        ? `All ${counter.dataset.total} selected`
        : `${chosen} of ${boxes.length} selected`;
    if (toggle) {
      toggle.checked = isAll;
      toggle.indeterminate = chosen > 0 && !isAll;
    }
  };
  /** @type {HTMLInputElement | null} */
  let last = null;
  toggle?.addEventListener("change", () => {
    boxes.forEach((box) => {
      box.checked = toggle.checked;
    });
    count();
  });
  across?.addEventListener("change", count);
  form.addEventListener("click", (event) => {
    const box = boxes.find((one) => one === event.target);
    if (!box) {
      // The cell around a box is part of it.
      const around = boxes.find((one) => one.parentElement === event.target);
      around?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: event.shiftKey }));
      return;
    }
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((one) => {
        one.checked = box.checked;
      });
    }
    last = box;
    count();
  });
  // Keys tick boxes too, which only this event reports.
  form.addEventListener("change", (event) => {
    if (boxes.some((box) => box === event.target)) count();
  });
  // A browser that navigates back to this page restores the ticks.
  window.addEventListener("pageshow", count);
  count();
}
