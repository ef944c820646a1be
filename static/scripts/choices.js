// Selects of one or several with a search; the selected options are chips. The select stays in the form, hidden, and is what is submitted.

import { combobox, found } from "./combobox.js";
import { closest, element, find } from "./dom.js";

/** @typedef {import("./combobox.js").Item} Item */
/** @typedef {import("./combobox.js").Found} Found */

const PAGE = 20;

/** @param {HTMLInputElement | HTMLSelectElement} control */
export function labelOf(control) {
  return control.labels?.[0]?.textContent?.trim() ?? control.getAttribute("aria-label") ?? "";
}

/**
 * The name of an option in files and programs, such as `sla.change_component`; keys of objects are numbers, not names.
 *
 * @param {HTMLOptionElement} option
 */
const codeOf = (option) => (/^\d*$/.test(option.value) ? "" : option.value);

/** @param {HTMLSelectElement} select */
function searchOf(select) {
  /**
   * @param {string} term
   * @param {number} page
   * @returns {Found}
   */
  const local = (term, page) => {
    const offered = [...select.options].filter((option) => option.value !== "");
    const all = offered.map((option) => ({ value: option.value, text: option.text, code: codeOf(option) }));
    const hits = found(all, term);
    return { items: hits.slice((page - 1) * PAGE, page * PAGE), more: hits.length > page * PAGE };
  };
  const ajaxUrl = select.getAttribute("data-ajax--url");
  const { appLabel = "", modelName = "", fieldName = "" } = select.dataset;
  /**
   * @param {string} term
   * @param {number} page
   * @returns {Promise<Found>}
   */
  const remote = async (term, page) => {
    const query = new URLSearchParams({
      term,
      page: String(page),
      app_label: appLabel,
      model_name: modelName,
      field_name: fieldName,
    });
    const answer = await fetch(`${ajaxUrl}?${query}`, { headers: { accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    /** @type {{ results: { id: string, text: string }[], pagination: { more: boolean } }} */
    const { results, pagination } = await answer.json();
    return { items: results.map(({ id, text }) => ({ value: id, text })), more: pagination.more };
  };
  /**
   * @param {string} term
   * @param {number} page
   * @returns {Promise<Found>}
   */
  return async (term, page) => {
    let answer = null;
    if (ajaxUrl) {
      // A failed search falls back to the options on the page.
      try {
        answer = await remote(term, page);
      } catch {
        answer = null;
      }
    }
    answer ??= local(term, page);
    const chosen = new Set([...select.selectedOptions].map((option) => option.value));
    return { ...answer, items: answer.items.map((item) => ({ ...item, chosen: chosen.has(item.value) })) };
  };
}

/**
 * Selects or deselects a value, and adds its option if it is missing.
 *
 * @param {HTMLSelectElement} select
 * @param {string} value
 * @param {string} text
 * @param {boolean} chosen
 */
export function choose(select, value, text, chosen) {
  let option = [...select.options].find((known) => known.value === value);
  if (!option) {
    option = new Option(text, value);
    select.append(option);
  }
  option.text = text;
  option.selected = chosen;
  // A single choice that is removed leaves the empty one.
  if (!chosen && !select.multiple) select.value = "";
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

/**
 * Makes the chip of an option, with a link to its form and a button that removes it.
 *
 * @param {HTMLSelectElement} select
 * @param {HTMLOptionElement} option
 */
function chipOf(select, option) {
  const chip = element("li", { class: "chip" }, element("bdi", {}, option.text));
  const { changeUrl, changeWords = "" } = select.dataset;
  if (changeUrl) {
    const attributes = {
      class: "change-related",
      href: changeUrl.replace("__fk__", option.value),
      "aria-label": `${changeWords} ${option.text}`,
      title: changeWords,
      "data-value": option.value,
    };
    chip.append(element("a", attributes, changeWords === "View" ? "↗" : "✎"));
  }
  const label = `Remove ${option.text}`;
  chip.append(
    element("button", { type: "button", class: "chip-remove", "aria-label": label, "data-value": option.value }, "×"),
  );
  return chip;
}

/** @param {HTMLSelectElement} select */
export function watchChoices(select) {
  const label = labelOf(select);
  const input = element("input", {
    type: "text",
    id: `${select.id}_search`,
    class: "choices-search",
    placeholder: "Search",
  });
  const chips = element("ul", { class: "chosen", "aria-label": `Chosen: ${label}` });
  const box = element("div", { class: "choices" }, chips, element("div", { class: "choices-field" }, input));
  for (const name of ["aria-describedby", "aria-invalid"]) {
    const value = select.getAttribute(name);
    if (value !== null) input.setAttribute(name, value);
  }
  if (select.required) input.setAttribute("aria-required", "true");
  for (const one of [...select.labels]) one.htmlFor = input.id;
  const hadFocus = document.activeElement === select;
  select.before(box);
  select.hidden = true;
  if (hadFocus) input.focus();
  const chosen = () => [...select.selectedOptions].filter((option) => option.value !== "");
  const field = combobox(input, {
    label,
    search: searchOf(select),
    choose: (item) => {
      input.value = "";
      choose(select, item.value, item.text, !item.chosen);
      field.say(`${item.text} ${item.chosen ? "removed" : "chosen"}`);
    },
    erase: () => {
      const last = chosen().at(-1);
      if (!last) return;
      choose(select, last.value, last.text, false);
      field.say(`${last.text} removed`);
    },
  });
  const draw = () => {
    chips.replaceChildren(...chosen().map((option) => chipOf(select, option)));
    chips.hidden = chips.children.length === 0;
    if ([...select.options].some((option) => option.value !== ""))
      select
        .closest(".many-select")
        ?.querySelector(".nothing")
        ?.replaceWith(...keptLinks(select));
  };
  chips.addEventListener("click", (event) => {
    const chip = closest(event.target, ".chip-remove")?.closest("li");
    if (!chip) return;
    const place = [...chips.children].indexOf(chip);
    const { value, text } = chosen()[place];
    choose(select, value, text, false);
    field.say(`${text} removed`);
    const next = chips.children[Math.min(place, chips.children.length - 1)];
    ((next && find(next, ".chip-remove")) ?? input).focus();
  });
  select.addEventListener("change", draw);
  // A browser that navigates back to this page restores its selection.
  window.addEventListener("pageshow", draw);
  draw();
}

/**
 * The link to add one stays when the words “There are none yet” are removed.
 *
 * @param {HTMLSelectElement} select
 */
function keptLinks(select) {
  const link = select.closest(".many-select")?.querySelector(".nothing .add-related");
  if (!link) return [];
  link.textContent = `Add another ${select.dataset.singular}`;
  return [element("p", { class: "related-links" }, link)];
}

/**
 * Time zones: any can be typed, and “berlin” finds Europe/Berlin.
 *
 * @param {HTMLInputElement} input
 */
export function watchZone(input) {
  const names = [...(input.list?.options ?? [])].map((option) => ({ value: option.value, text: option.value }));
  if (names.length === 0) return;
  input.removeAttribute("list");
  const field = element("div", { class: "choices-field" });
  const hadFocus = document.activeElement === input;
  input.replaceWith(field);
  field.append(input);
  if (hadFocus) input.focus();
  combobox(input, {
    label: labelOf(input),
    search: async (term, page) => {
      // All other names follow an exact match, so that another can be selected; Enter keeps it.
      const whole = names.filter((name) => name.value === term);
      const others = found(names, whole.length ? "" : term).filter((name) => name.value !== term);
      const hits = [...whole, ...others].map((name) => ({ ...name, chosen: name.value === term }));
      return { items: hits.slice((page - 1) * PAGE, page * PAGE), more: hits.length > page * PAGE };
    },
    choose: (item) => {
      input.value = item.value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    },
  });
}
