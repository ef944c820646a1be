// Adds and changes related objects without leaving the page: their form, in a dialog.

import { choose } from "./choices.js";
import { BY_SCRIPT, closest, element, find } from "./dom.js";

/**
 * The guard of a form with unsaved changes.
 *
 * @typedef {{ isChanged: () => boolean, ready: () => void, stop: () => void }} FormGuard
 * @typedef {(form: HTMLFormElement) => FormGuard} Enhance
 * @typedef {{ id: string, title: string, warnings: string[] }} Saved
 */

let count = 0;

/** @param {string} url */
function inDialog(url) {
  const address = new URL(url, location.href);
  address.searchParams.set("_popup", "1");
  return address;
}

/**
 * Prefixes the ids of a form that is inserted into another page.
 *
 * @param {HTMLFormElement} part
 * @param {string} prefix
 */
function renamed(part, prefix) {
  for (const one of [part, ...part.querySelectorAll("*")]) {
    for (const name of ["id", "for", "list", "data-field", "aria-describedby", "aria-labelledby"]) {
      const ids = one.getAttribute(name);
      if (ids)
        one.setAttribute(
          name,
          ids.replaceAll(/[^ ]+/g, (id) => prefix + id),
        );
    }
    const link = one.getAttribute("href");
    if (link?.startsWith("#")) one.setAttribute("href", `#${prefix}${link.slice(1)}`);
  }
  return part;
}

/**
 * Opens the form at `url`; `done` gets what was saved. Answers false if there is no such form.
 *
 * @param {string} url
 * @param {HTMLElement} opener
 * @param {Enhance} enhance
 * @param {{ done: (saved: Saved) => void, focus: HTMLElement | null }} saved
 */
async function open(url, opener, enhance, saved) {
  let answer = null;
  try {
    answer = await fetch(inDialog(url), { headers: BY_SCRIPT });
  } catch {
    return false;
  }
  count += 1;
  const prefix = `dialog-${count}-`;
  const dialog = element("dialog", { class: "related-dialog", "aria-labelledby": `${prefix}title` });
  const title = element("h2", { id: `${prefix}title`, dir: "auto" });
  const closer = element("button", { type: "button", class: "dialog-close", "aria-label": "Close" }, "×");
  const head = element("div", { class: "dialog-head" }, title, closer);
  const holder = element("div", { class: "dialog-body" });
  dialog.append(head, holder);
  /** @type {FormGuard | null} */
  let guard = null;
  const leave = () => {
    guard?.stop();
    dialog.close();
    dialog.remove();
    (opener.isConnected ? opener : saved.focus)?.focus();
  };
  const ask = () => {
    if (!guard?.isChanged()) {
      leave();
      return;
    }
    if (!dialog.querySelector(".discard")) head.after(discardBar(leave));
    find(dialog, ".discard .default")?.focus();
  };
  /** @param {string} text */
  const say = (text) => {
    holder.querySelector(".dialog-error")?.remove();
    holder.prepend(element("p", { class: "errornote dialog-error", role: "alert" }, text));
    guard?.ready();
  };
  /** @param {SubmitEvent} event */
  const send = async (event) => {
    const form = event.currentTarget;
    event.preventDefault();
    if (!(form instanceof HTMLFormElement) || form.dataset.sending) return;
    form.dataset.sending = "yes";
    try {
      const sent = await post(form, event.submitter);
      if (sent.headers.get("content-type")?.startsWith("application/json")) {
        const object = await sent.json();
        leave();
        saved.done(object);
        return;
      }
      const html = await sent.text();
      if (!show(html)) say(refusal(sent.status, html));
    } catch {
      say("The server did not answer, and nothing was saved. Try again in a moment.");
    } finally {
      delete form.dataset.sending;
    }
  };
  /** @param {string} html */
  const show = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const found = find(page, "main form.object-form", HTMLFormElement);
    if (!found) return false;
    guard?.stop();
    const form = renamed(document.importNode(found, true), prefix);
    title.textContent = [find(page, "h1"), find(page, "h2.object")]
      .map((part) => part?.textContent?.trim())
      .filter(Boolean)
      .join(": ");
    holder.replaceChildren(form);
    form.addEventListener("submit", send);
    form.querySelector(".closelink")?.addEventListener("click", (event) => {
      event.preventDefault();
      ask();
    });
    if (!dialog.isConnected) {
      document.body.append(dialog);
      dialog.showModal();
    }
    guard = enhance(form);
    if (!form.querySelector(".errors, .errornote")) find(form, "input:not([type=hidden]), select, textarea")?.focus();
    return true;
  };
  closer.addEventListener("click", ask);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    ask();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    ask();
  });
  return !answer.redirected && show(await answer.text());
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
function post(form, submitter) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) body.append(name, String(value));
  return fetch(form.action, { method: "POST", headers: BY_SCRIPT, body });
}

/**
 * Returns why the server has not saved a form, if it responds with another page.
 *
 * @param {number} status
 * @param {string} html
 */
function refusal(status, html) {
  if (html.includes('id="login-form"'))
    return "Your session has ended, and nothing was saved. Log in in another tab, then save here again: what you entered stays.";
  return status === 403 ? "You may not do this." : "It was not saved. Try again in a moment.";
}

/**
 * Makes the question that is asked before input is lost.
 *
 * @param {() => void} leave
 */
function discardBar(leave) {
  const question = "Discard what you typed?";
  const before = document.activeElement;
  const keep = element("button", { type: "button", class: "default" }, "Keep editing");
  const discard = element("button", { type: "button" }, "Discard");
  const attributes = { class: "discard", role: "group", "aria-label": question };
  const bar = element("div", attributes, element("span", {}, question), keep, discard);
  keep.addEventListener("click", () => {
    bar.remove();
    if (before instanceof HTMLElement) before.focus();
  });
  discard.addEventListener("click", leave);
  return bar;
}

/**
 * @param {HTMLFormElement} form
 * @param {Enhance} enhance
 */
export function watchRelated(form, enhance) {
  form.addEventListener("click", async (event) => {
    const link = closest(event.target, "a.add-related, a.change-related", HTMLAnchorElement);
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0)
      return;
    const box = closest(link, ".many-select");
    const select = box?.querySelector("select");
    if (!box || !select || link.dataset.opening) return;
    event.preventDefault();
    link.dataset.opening = "yes";
    /** @param {Saved} saved */
    const done = ({ id, title, warnings }) => {
      choose(select, id, title, true);
      box.querySelector(".related-note")?.remove();
      const words = [`Saved ${title}.`, ...warnings].join(" ");
      const note = element("p", {
        class: warnings.length ? "related-note notice" : "related-note help",
        role: "status",
        dir: "auto",
      });
      box.append(note);
      note.textContent = words;
    };
    const shown = await open(link.href, link, enhance, { done, focus: find(box, ".choices-search") });
    delete link.dataset.opening;
    if (!shown) location.assign(link.href);
  });
}
