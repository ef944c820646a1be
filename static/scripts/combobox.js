// A text field with a list of choices below it: the combobox pattern of the ARIA Authoring Practices. Focus stays in the field.

import { element } from "./dom.js";

let count = 0;

/* `search(term, page)` promises {items: [{value, text, chosen}], more}; `choose(item)` takes one; `erase()` is Backspace in an empty field. */
export function combobox(input, { label, search, choose, erase }) {
  count += 1;
  const name = `choices-${count}`;
  const list = element("ul", { role: "listbox", id: name, class: "choices-list", "aria-label": label });
  const status = element("span", { role: "status", class: "visually-hidden" });
  list.hidden = true;
  const attributes = {
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": name,
    autocomplete: "off",
    spellcheck: "false",
  };
  for (const [key, value] of Object.entries(attributes)) input.setAttribute(key, value);
  input.after(list, status);
  let items = [];
  let active = -1;
  let term = "";
  let page = 1;
  let more = false;
  let asked = 0;
  let timer = 0;
  // Whether the list is still that of an earlier text, and whether Enter was pressed meanwhile.
  let waits = false;
  let taken = false;

  const mark = (index) => {
    active = index;
    [...list.children].forEach((option, place) => option.classList.toggle("active", place === index));
    const option = list.children[index];
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };
  const settle = () => {
    clearTimeout(timer);
    asked += 1;
    waits = false;
    taken = false;
  };
  const close = () => {
    settle();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };
  const draw = (added, from) => {
    if (from === 0) list.replaceChildren();
    added.forEach((item, index) => {
      const option = element(
        "li",
        { role: "option", id: `${name}-${from + index}`, "aria-selected": String(Boolean(item.chosen)), dir: "auto" },
        item.text,
      );
      list.append(option);
    });
    if (items.length === 0)
      list.append(
        element(
          "li",
          { role: "option", "aria-disabled": "true", "aria-selected": "false", class: "quiet" },
          "No results",
        ),
      );
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  };
  const load = async (next, quietly) => {
    asked += 1;
    const mine = asked;
    if (next === 1) {
      clearTimeout(timer);
      term = input.value.trim();
    }
    const found = await search(term, next);
    if (mine !== asked) return;
    const from = next === 1 ? 0 : items.length;
    items = from === 0 ? found.items : [...items, ...found.items];
    [page, more] = [next, found.more];
    draw(found.items, from);
    if (from === 0) mark(term && items.length ? 0 : -1);
    if (!quietly)
      status.textContent = items.length === 0 ? "No results" : `${items.length}${more ? " or more" : ""} choices`;
    const wanted = taken;
    waits = false;
    taken = false;
    if (wanted) take(active);
  };
  const loadMore = () => {
    if (more && !waits) {
      more = false;
      load(page + 1, true);
    }
  };
  const take = (index) => {
    if (!items[index]) return;
    choose(items[index]);
    close();
  };
  // Enter before the answer is there takes the first of it.
  const enter = () => {
    if (waits) taken = true;
    else take(active);
  };
  // Who moves in a list wants what is in it.
  const move = (to) => {
    if (items.length === 0) return;
    if (waits) settle();
    mark((to + items.length) % items.length);
    if (active >= items.length - 2) loadMore();
  };
  input.addEventListener("input", (event) => {
    if (!event.isTrusted) return;
    settle();
    waits = true;
    timer = setTimeout(() => load(1), 150);
  });
  input.addEventListener("click", () => {
    if (list.hidden) load(1);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const open = !list.hidden;
    const moves = {
      ArrowDown: () => (open ? move(active + 1) : load(1)),
      ArrowUp: () => (open ? move(active < 0 ? items.length - 1 : active - 1) : load(1)),
      Home: open && (() => move(0)),
      End: open && (() => move(items.length - 1)),
      Enter: (open || erase) && enter,
      Escape: open && (() => close()),
    };
    if (moves[event.key]) {
      event.preventDefault();
      event.stopPropagation();
      moves[event.key]();
    } else if (event.key === "Backspace" && input.value === "") {
      erase?.();
    } else if (event.key === "Tab") {
      close();
    }
  });
  input.addEventListener("blur", close);
  // The list takes no focus away, and a click that begins in it ends in it.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => take([...list.children].indexOf(event.target.closest("[role=option]"))));
  list.addEventListener("scroll", () => {
    if (list.scrollTop + list.clientHeight > list.scrollHeight - 48) loadMore();
  });
  return {
    close,
    say: (text) => {
      status.textContent = text;
    },
  };
}

/* Those of `items` that hold every word of `term` in their text or code, the best first: a part that begins with it, then the rest. */
export function found(items, term) {
  const words = term.toLowerCase().split(/\s+/).filter(Boolean);
  const plain = (text) => text.toLowerCase().replaceAll("_", " ");
  const parts = (text) => plain(text).split(/[\s/=:.\-–]+/);
  const rank = (text) =>
    plain(text).startsWith(words.join(" ")) ? 0 : parts(text).some((part) => part.startsWith(words[0])) ? 1 : 2;
  const holds = (text, word) => plain(text).includes(word) || text.toLowerCase().includes(word);
  const hits = items.filter((item) => words.every((word) => holds(item.text, word) || holds(item.code ?? "", word)));
  return words.length === 0
    ? hits
    : hits
        .map((item) => [rank(item.text), item])
        .sort(([a], [b]) => a - b)
        .map(([, item]) => item);
}
