// A text field with a list of choices below it: the combobox pattern of the ARIA Authoring Practices. Focus stays in the field.

import { closest, element } from "./dom.js";

/**
 * @typedef {{ value: string, text: string, code?: string, chosen?: boolean }} Item
 * @typedef {{ items: Item[], more: boolean }} Found
 * @typedef {object} Choices
 * @property {string} label What the list is called.
 * @property {(term: string, page: number) => Promise<Found>} search
 * @property {(item: Item) => void} choose Takes one.
 * @property {() => void} [erase] What Backspace does in an empty field.
 */

let count = 0;

/**
 * @param {HTMLInputElement} input
 * @param {Choices} choices
 */
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
  /** @type {Item[]} */
  let items = [];
  let active = -1;
  let term = "";
  let page = 1;
  let more = false;
  let asked = 0;
  let timer = 0;
  // Whether the list still belongs to an earlier text, and whether Enter was pressed meanwhile.
  let waits = false;
  let taken = false;

  /** @param {number} index */
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
  const forget = () => {
    clearTimeout(timer);
    asked += 1;
    waits = false;
    taken = false;
  };
  const close = () => {
    forget();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };
  /**
   * @param {Item[]} added
   * @param {number} from
   */
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
  /**
   * @param {number} next
   * @param {boolean} [quietly]
   */
  const load = async (next, quietly = false) => {
    asked += 1;
    const mine = asked;
    if (next === 1) {
      clearTimeout(timer);
      term = input.value.trim();
    }
    const answer = await search(term, next);
    if (mine !== asked) return;
    const from = next === 1 ? 0 : items.length;
    items = from === 0 ? answer.items : [...items, ...answer.items];
    [page, more] = [next, answer.more];
    draw(answer.items, from);
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
  /** @param {number} index */
  const take = (index) => {
    const item = items[index];
    if (!item) return;
    choose(item);
    close();
  };
  // Enter before the response selects its first option.
  const enter = () => {
    if (waits) taken = true;
    else take(active);
  };
  // Moving in the list cancels a pending search.
  /** @param {number} to */
  const move = (to) => {
    if (items.length === 0) return;
    if (waits) forget();
    mark((to + items.length) % items.length);
    if (active >= items.length - 2) loadMore();
  };
  input.addEventListener("input", (event) => {
    if (!event.isTrusted) return;
    forget();
    waits = true;
    timer = setTimeout(() => load(1), 150);
  });
  input.addEventListener("click", () => {
    if (list.hidden) load(1);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const open = !list.hidden;
    /** @type {Record<string, false | (() => void)>} */
    const moves = {
      ArrowDown: () => (open ? move(active + 1) : load(1)),
      ArrowUp: () => (open ? move(active < 0 ? items.length - 1 : active - 1) : load(1)),
      Home: open && (() => move(0)),
      End: open && (() => move(items.length - 1)),
      Enter: (open || erase !== undefined) && enter,
      Escape: open && (() => close()),
    };
    const act = moves[event.key];
    if (act) {
      event.preventDefault();
      event.stopPropagation();
      act();
    } else if (event.key === "Backspace" && input.value === "") {
      erase?.();
    } else if (event.key === "Tab") {
      close();
    }
  });
  input.addEventListener("blur", close);
  // The list does not take the focus, so that a click in it is completed.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = closest(event.target, "[role=option]");
    take([...list.children].findIndex((one) => one === option));
  });
  list.addEventListener("scroll", () => {
    if (list.scrollTop + list.clientHeight > list.scrollHeight - 48) loadMore();
  });
  return {
    close,
    /** @param {string} text */
    say: (text) => {
      status.textContent = text;
    },
  };
}

/**
 * Returns the items that contain every word of `term` in their text or code, the best first: those with a part that begins with it.
 *
 * @param {Item[]} items
 * @param {string} term
 */
export function found(items, term) {
  const words = term.toLowerCase().split(/\s+/).filter(Boolean);
  /** @param {string} text */
  const plain = (text) => text.toLowerCase().replaceAll("_", " ");
  /** @param {string} text */
  const parts = (text) => plain(text).split(/[\s/=:.\-–]+/);
  /** @param {Item} item */
  const rank = ({ text }) => {
    if (plain(text).startsWith(words.join(" "))) return 0;
    return parts(text).some((part) => part.startsWith(words[0])) ? 1 : 2;
  };
  /**
   * @param {string} text
   * @param {string} word
   */
  const holds = (text, word) => plain(text).includes(word) || text.toLowerCase().includes(word);
  const hits = items.filter((item) => words.every((word) => holds(item.text, word) || holds(item.code ?? "", word)));
  return words.length === 0 ? hits : hits.sort((one, other) => rank(one) - rank(other));
}
