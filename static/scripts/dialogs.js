// Related objects are added and changed without leaving the page: their ordinary form, in a dialog.

import { put } from "./choices.js";
import { BY_SCRIPT, element } from "./dom.js";

let count = 0;

function inDialog(url) {
  const address = new URL(url, location.href);
  address.searchParams.set("_popup", "1");
  return address;
}

/* The ids of a page in a page: each gets a name of its own. */
function renamed(part, prefix) {
  const lists = ["aria-describedby", "aria-labelledby"];
  for (const one of [part, ...part.querySelectorAll("*")]) {
    for (const name of ["id", "for", "list", "data-field"]) {
      if (one.getAttribute(name)) one.setAttribute(name, prefix + one.getAttribute(name));
    }
    for (const name of lists) {
      if (one.getAttribute(name))
        one.setAttribute(
          name,
          one
            .getAttribute(name)
            .split(" ")
            .map((id) => prefix + id)
            .join(" "),
        );
    }
    if (one.getAttribute("href")?.startsWith("#"))
      one.setAttribute("href", `#${prefix}${one.getAttribute("href").slice(1)}`);
  }
  return part;
}

/* Opens the form at `url`; `saved` is told what came of it. Answers false if there is no such form. */
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
  const holder = element("div", { class: "dialog-body" });
  dialog.append(element("div", { class: "dialog-head" }, title, closer), holder);
  let form = null;
  let guard = null;
  const leave = () => {
    guard?.stop();
    dialog.close();
    dialog.remove();
    (opener.isConnected ? opener : saved.focus)?.focus();
  };
  const ask = () => {
    if (!guard?.isChanged()) return leave();
    if (dialog.querySelector(".discard")) return undefined;
    const keep = element("button", { type: "button", class: "default" }, "Keep editing");
    const discard = element("button", { type: "button" }, "Discard");
    const bar = element(
      "div",
      { class: "discard", role: "group", "aria-label": "Discard what you typed?" },
      element("span", {}, "Discard what you typed?"),
      keep,
      discard,
    );
    const before = document.activeElement;
    keep.addEventListener("click", () => {
      bar.remove();
      before?.focus();
    });
    discard.addEventListener("click", leave);
    dialog.firstElementChild.after(bar);
    keep.focus();
    return undefined;
  };
  const show = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const found = page.querySelector("main form.object-form");
    if (!found) return false;
    guard?.stop();
    form = renamed(document.importNode(found, true), prefix);
    title.textContent = [page.querySelector("h1"), page.querySelector("h2.object")]
      .map((part) => part?.textContent.trim())
      .filter(Boolean)
      .join(": ");
    holder.replaceChildren(form);
    form.addEventListener("submit", send);
    form.querySelector(".closelink")?.addEventListener("click", (event) => {
      event.preventDefault();
      ask();
    });
    return true;
  };
  const start = () => {
    guard = enhance(form);
    if (!form.querySelector(".errors, .errornote"))
      form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  };
  async function send(event) {
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "yes";
    try {
      const sent = await fetch(form.action, {
        method: "POST",
        headers: BY_SCRIPT,
        body: new URLSearchParams(new FormData(form, event.submitter)),
      });
      if (sent.headers.get("content-type")?.startsWith("application/json")) {
        const object = await sent.json();
        leave();
        saved.done(object);
        return;
      }
      const html = await sent.text();
      if (show(html)) start();
      else if (html.includes('id="login-form"'))
        say(
          "Your session has ended, and nothing was saved. Log in in another tab, then save here again: what you entered stays.",
        );
      else say(sent.status === 403 ? "You may not do this." : "It was not saved. Try again in a moment.");
    } catch {
      say("The server did not answer, and nothing was saved. Try again in a moment.");
    } finally {
      delete form.dataset.sending;
    }
  }
  const say = (text) => {
    holder.querySelector(".dialog-error")?.remove();
    holder.prepend(element("p", { class: "errornote dialog-error", role: "alert" }, text));
    guard?.ready();
  };
  if (answer.redirected || !show(await answer.text())) return false;
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
  document.body.append(dialog);
  dialog.showModal();
  start();
  return true;
}

export function watchRelated(form, enhance) {
  form.addEventListener("click", async (event) => {
    const link = event.target.closest("a.add-related, a.change-related");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0)
      return;
    const box = link.closest(".many-select");
    const select = box?.querySelector("select");
    if (!select || link.dataset.opening) return;
    event.preventDefault();
    link.dataset.opening = "yes";
    const done = ({ id, title, warnings }) => {
      put(select, id, title, true);
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
    const shown = await open(link.href, link, enhance, { done, focus: box.querySelector(".choices-search") });
    delete link.dataset.opening;
    if (!shown) location.assign(link.href);
  });
}
