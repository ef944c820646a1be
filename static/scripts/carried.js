// Links to another scale, period or time take along what is typed into the form beside them and was not sent yet.

import { all, controls } from "./dom.js";

/** @typedef {import("./dom.js").Control} Control */

/**
 * Returns the value that the server drew.
 *
 * @param {Control} control
 */
function drawnValue(control) {
  if (!(control instanceof HTMLSelectElement)) return control.defaultValue;
  const options = [...control.options];
  return (options.find((option) => option.defaultSelected) ?? options[0])?.value ?? "";
}

/**
 * Returns an address with the changed values of the form; an empty one is left out, as is the page of other rows.
 *
 * @param {HTMLFormElement} form
 * @param {string} address
 * @param {string} own
 */
function withChanges(form, address, own) {
  const fields = controls(form, "[name]:not([type=hidden])");
  const changed = fields.filter((field) => field.name !== own && field.value !== drawnValue(field));
  const url = new URL(address);
  for (const { name, value } of changed) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  if (changed.length) url.searchParams.delete("p");
  return changed.length ? url.href : address;
}

/**
 * Watches the links in elements with `data-own`: the name of the parameter that the links set themselves.
 *
 * @param {HTMLFormElement} form
 */
export function watchCarried(form) {
  for (const link of all(document, "[data-own] a", HTMLAnchorElement)) {
    const own = link.closest("[data-own]")?.getAttribute("data-own") ?? "";
    const address = link.href;
    const carry = () => {
      link.href = withChanges(form, address, own);
    };
    // The middle button opens a tab.
    link.addEventListener("auxclick", carry);
    link.addEventListener("click", (event) => {
      // Half a date has no value. Links to another time need none.
      if (own !== "at" && !form.reportValidity()) event.preventDefault();
      carry();
    });
  }
}
