// The preview beside a form: asked for anew while the user types. Where the server has none, the last one stays and says so.

import { BY_SCRIPT, all, element, find, need } from "./dom.js";

const PAUSE = 400;
// As in hours.css: there the preview has its place beside the form, and below the form otherwise.
const WIDE = "(width >= 80rem)";
const REASONS_MAX = 3;

/** @param {string} words */
const inOneLine = (words) => words.replaceAll(/\s+/g, " ").trim();

/**
 * Returns why a page has no preview.
 *
 * @param {Document} page
 */
function reason(page) {
  if (page.querySelector("#login-form")) return "your session has ended.";
  if (page.querySelector("section.conflict")) return "another session has changed it meanwhile.";
  const wrong = all(page, ".error-summary li, .errorlist.nonfield li").slice(0, REASONS_MAX);
  const words = wrong.map((item) => inOneLine(item.textContent ?? ""));
  return (
    words.join(" ") || inOneLine(page.querySelector(".errornote")?.textContent ?? "") || "the server did not make one."
  );
}

/* The place of a preview. */
class Place {
  /** @param {HTMLElement} columns */
  constructor(columns) {
    this.columns = columns;
  }

  section() {
    return find(this.columns, "#preview");
  }

  /* Fills the place before there is a preview, so that nothing moves when there is one. */
  prepare() {
    if (this.section()) return;
    const heading = element("h2", { id: "preview-heading" }, "Preview");
    const words = element("p", { class: "quiet" }, "What saving would come to appears here while you type.");
    const attributes = { class: "module preview", id: "preview", tabindex: "0", "aria-labelledby": "preview-heading" };
    this.columns.append(element("section", attributes, heading, words));
  }

  /**
   * Shows another preview where the user looks at this one.
   *
   * @param {HTMLElement} made
   */
  show(made) {
    const shown = this.section();
    const preview = document.adoptNode(made);
    if (!shown) {
      this.columns.append(preview);
      return;
    }
    const { scrollTop } = shown;
    const focused = document.activeElement;
    const held = focused && shown.contains(focused) ? (focused.getAttribute("href") ?? "") : null;
    shown.replaceWith(preview);
    preview.scrollTop = scrollTop;
    if (held !== null)
      ((held && find(preview, `a[href="${CSS.escape(held)}"]`)) || preview).focus({ preventScroll: true });
  }

  /**
   * Says that the preview is not that of the form as it is; nothing if it is.
   *
   * @param {string} why
   */
  say(why) {
    const section = this.section();
    if (!section) return;
    const words = why && `Not up to date: ${why}`;
    section.classList.toggle("old", why !== "");
    const state = section.querySelector(".preview-state");
    if (state && state.textContent !== words) state.textContent = words;
    else if (!state && words) {
      const made = element("p", { class: "preview-state", role: "status" });
      need(section, "h2").after(made);
      made.textContent = words;
    }
  }
}

/**
 * Returns what is sent for the preview of a form as it is.
 *
 * @param {HTMLFormElement} form
 */
function fields(form) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  body.append("_preview", "beside");
  return body;
}

/** @param {HTMLFormElement} form */
export function watchPreview(form) {
  const columns = find(form, ".form-columns");
  if (!columns || form.closest("dialog") || !form.querySelector("button[name=_preview]")) return;
  const place = new Place(columns);
  let timer = 0;
  let answered = place.section() ? fields(form).toString() : "";
  /** @type {AbortController | null} */
  let asking = null;
  const stop = () => {
    clearTimeout(timer);
    asking?.abort();
    asking = null;
  };
  const ask = async () => {
    stop();
    const body = fields(form);
    if (body.toString() === answered) {
      place.say("");
      return;
    }
    const mine = new AbortController();
    asking = mine;
    try {
      const answer = await fetch(form.action, { method: "POST", headers: BY_SCRIPT, body, signal: mine.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (asking !== mine) return;
      const made = find(page, "section#preview");
      if (made) {
        answered = body.toString();
        place.show(made);
      } else place.say(reason(page));
    } catch {
      // An older question is of no interest; a newer one has its own answer.
      if (asking === mine) place.say("the server did not answer.");
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };
  if (window.matchMedia(WIDE).matches) {
    place.prepare();
    // What is stored has a preview before anything is typed, unless there is something that has to be typed first.
    const isOpen = all(form, "input[required]", HTMLInputElement).some((input) => input.value === "");
    if (!answered && !isOpen && find(form, "input[name=_version]") && !form.querySelector(".errornote")) ask();
  }
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", stop);
}
