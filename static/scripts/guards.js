// Nobody leaves a page with something unsaved in it unasked, unless it is sent.

const guards = new Set();
let leaving = false;

/* `guard.isChanged()` says whether something would be lost. */
export function guard(added) {
  guards.add(added);
}

export function unguard(removed) {
  guards.delete(removed);
}

/* What is typed goes with the page that comes next, or the page is here again. */
export function leave(isLeaving) {
  leaving = isLeaving;
}

function watchSent(form, isChanged) {
  guard({ isChanged });
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) leave(true);
  });
}

const differs = (control) =>
  control.type === "checkbox" ? control.checked !== control.defaultChecked : control.value !== control.defaultValue;

/* The cells of a list: edited, or refused and still not what is stored. */
export function watchCells(form) {
  const cells = [...form.querySelectorAll("[name^=form-]:not([type=hidden])")];
  const isEdited = (cell) => {
    const stored = form.elements.namedItem(`${cell.name}-initial`);
    return stored && cell.type === "checkbox" ? cell.checked !== (stored.value === "1") : differs(cell);
  };
  const isChanged = () => cells.some(isEdited);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "index" || !isChanged()) return;
    if (
      !window.confirm(
        "You have edited cells of this list that are not saved. The action loses them. Go on without saving?",
      )
    )
      event.preventDefault();
  });
  watchSent(form, isChanged);
}

/* Fields of many objects: what was said about them, also before a preview. */
export function watchOrders(form) {
  const said = () => JSON.stringify([...new FormData(form)]);
  const came = said();
  watchSent(
    form,
    () => said() !== came || [...form.querySelectorAll("select[name^=_do_]")].some((how) => how.value !== ""),
  );
}

export function watchText(form) {
  watchSent(form, () => [...form.querySelectorAll("textarea")].some(differs));
}

export function watchLeaving() {
  window.addEventListener("beforeunload", (event) => {
    // A file that is sent back leaves the page where it is, so one sending counts once.
    if (leaving) leaving = false;
    else if ([...guards].some((one) => one.isChanged())) event.preventDefault();
  });
  window.addEventListener("pageshow", () => leave(false));
}
