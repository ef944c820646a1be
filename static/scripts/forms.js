// Forms of objects: nothing typed is lost by accident, errors are found, and saving is a keystroke.

import { put, watchChoices, watchZone } from "./choices.js";
import { watchRelated } from "./dialogs.js";
import { element } from "./dom.js";
import { guard as keep, leave, unguard, watchCells, watchLeaving, watchOrders, watchText } from "./guards.js";
import { isUntouched, watchRows } from "./rows.js";

/* What a form would send, blank rows aside. */
function content(form) {
  const blank = [...form.querySelectorAll(".inline-related:not(.has_original)")]
    .filter(isUntouched)
    .map((row) => row.id.replace(/^dialog-\d+-/, ""));
  const said = ([name, value]) =>
    name !== "csrfmiddlewaretoken" &&
    !/-TOTAL_FORMS$/.test(name) &&
    !blank.some((row) => name.startsWith(`${row}-`)) &&
    !(value === "" && /-\d+-id$/.test(name));
  return JSON.stringify([...new FormData(form)].filter(said));
}

/* The same as the page came, whatever a browser has put into it again. */
function original(form) {
  const copy = form.cloneNode(true);
  copy.reset();
  return content(copy);
}

function focusable(part) {
  if (!part) return null;
  if (part.matches("select[hidden]")) return part.closest(".many-select")?.querySelector(".choices-search");
  return part.matches("input, select, textarea")
    ? part
    : (part.querySelector("input:not([type=hidden]), select:not([hidden]), textarea") ?? part);
}

function showControl(part) {
  const row = part?.closest(".inline-related.folded");
  if (row) row.querySelector(".row-fold").click();
  const control = focusable(part);
  if (control && !control.matches("input, select, textarea, button, a")) control.tabIndex = -1;
  control?.focus();
  control?.scrollIntoView({ block: "center" });
}

function watchErrors(form) {
  form.querySelector(".error-summary")?.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    showControl(document.getElementById(link.hash.slice(1)));
  });
  const first =
    form.querySelector(".errors") ??
    form.querySelector("#conflict, .inline-related .errorlist, .errornote, .errorlist");
  if (first) showControl(first);
}

/* Says which fields a save would still put back. */
function tellPutBack(section) {
  const note = section.querySelector(".only-theirs-note");
  const fields = note?.querySelector(".fields");
  if (!fields) return;
  const left = [...section.querySelectorAll("tr.only-theirs:not(.taken) th")].map(
    (head) => head.firstChild.textContent,
  );
  note.hidden = left.length === 0;
  fields.replaceChildren(...left.flatMap((label, place) => [place > 0 ? ", " : "", element("strong", {}, label)]));
}

/* One button for all fields that only somebody else changed. */
function offerAllTheirs(section) {
  const open = () => [...section.querySelectorAll("tr.only-theirs .take-theirs:not([disabled])")];
  if (open().length === 0) return;
  const button = element(
    "button",
    { type: "button", class: "take-all-theirs" },
    "Take theirs for all that I did not change",
  );
  section.querySelector(".only-theirs-note").after(button);
  button.addEventListener("click", () => open().forEach((one) => one.click()));
  section.addEventListener("click", () => {
    button.hidden = open().length === 0;
  });
}

function watchTheirs(form) {
  form.querySelectorAll("section.conflict tr[data-name]").forEach((row) => {
    const control = form.elements.namedItem(row.dataset.name);
    if (!control?.matches?.("input, select, textarea")) return;
    const head = row.querySelector("th");
    const button = element(
      "button",
      { type: "button", class: "take-theirs", "aria-label": `Take theirs: ${head.textContent}` },
      "Take theirs",
    );
    head.append(button);
    button.addEventListener("click", () => {
      const theirs = JSON.parse(row.dataset.values);
      if (control.multiple) {
        [...control.options].forEach((option) => {
          option.selected = false;
        });
        theirs.forEach(([value, text]) => put(control, value, text, true));
      } else if (control.type === "checkbox")
        control.checked = theirs.length > 0 && !["", "0", "off"].includes(theirs[0][0]);
      else control.value = theirs.at(-1)?.[0] ?? "";
      control.dispatchEvent(new Event("input", { bubbles: true }));
      control.dispatchEvent(new Event("change", { bubbles: true }));
      button.textContent = "Taken";
      button.disabled = true;
      row.classList.add("taken");
      row.querySelector(".yours").textContent = row.querySelector(".now").textContent;
      tellPutBack(row.closest("section"));
    });
  });
  form.querySelectorAll("section.conflict").forEach(offerAllTheirs);
}

function watchFields(form) {
  form.querySelectorAll(".many-select select").forEach(watchChoices);
  form.querySelectorAll("input[list=timezones], input[list$=-timezones]").forEach(watchZone);
}

/* Makes a form all that it can be. Answers its guard, with which a dialog asks before it closes. */
export function enhance(form) {
  form.querySelectorAll(".js-inline-admin-formset").forEach(watchRows);
  watchFields(form);
  watchTheirs(form);
  watchRelated(form, enhance);
  const buttons = [...form.querySelectorAll(".submit-row button")];
  const note = form.querySelector(".unsaved");
  // What was refused is stored nowhere.
  const refused = Boolean(form.querySelector(".errornote"));
  const came = original(form);
  let sending = false;
  const guard = {
    isChanged: () => refused || content(form) !== came,
    ready: () => {
      sending = false;
      buttons.forEach((button) => {
        button.disabled = false;
      });
    },
    stop: () => unguard(guard),
  };
  if (buttons.length === 0) return guard;
  keep(guard);
  const tell = () => {
    const words = guard.isChanged() ? "Unsaved changes" : "";
    if (note && note.textContent !== words) note.textContent = words;
  };
  let waiting = 0;
  const soon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(tell);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", (event) => {
    if (sending) {
      event.preventDefault();
      return;
    }
    sending = true;
    // The button that was pressed is sent, so it goes out of use only afterwards.
    setTimeout(() => {
      if (event.defaultPrevented && !form.closest("dialog")) return guard.ready();
      leave(!event.defaultPrevented);
      buttons.forEach((button) => {
        button.disabled = true;
      });
      return undefined;
    });
  });
  window.addEventListener("pageshow", () => {
    guard.ready();
    tell();
  });
  watchErrors(form);
  tell();
  return guard;
}

export function watchForms() {
  document.querySelectorAll("main form.object-form").forEach(enhance);
  document.querySelectorAll("#changelist-form").forEach(watchCells);
  document.querySelectorAll("#bulk-form").forEach((form) => {
    watchFields(form);
    watchOrders(form);
  });
  document.querySelectorAll("#import-form").forEach(watchText);
  watchLeaving();
  document.addEventListener("keydown", (event) => {
    const saves =
      (event.ctrlKey || event.metaKey) &&
      !event.altKey &&
      !event.shiftKey &&
      (event.key === "s" || event.key === "Enter");
    const form =
      saves &&
      ([...document.querySelectorAll("dialog[open] form.object-form")].at(-1) ??
        document.querySelector("main form.object-form"));
    const button = form && form.querySelector(".submit-row button.default:not([disabled])");
    if (!button || (document.querySelector("dialog[open]") && !form.closest("dialog"))) return;
    event.preventDefault();
    form.requestSubmit(button);
  });
}
