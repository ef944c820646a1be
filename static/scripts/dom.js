// Makes elements with attributes and children, and finds elements by selector and type.

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/* Marks a request for a page of which a script shows a part: messages stay stored for the next page that is shown. */
export const BY_SCRIPT = { "x-requested-with": "XMLHttpRequest" };

/* The path below which a proxy serves the program, or empty. Applications of the same origin have separate cookies and storage keys. */
export const ROOT = document.documentElement.dataset.root ?? "";

/**
 * Keeps a cookie for a year.
 *
 * @param {string} name
 * @param {string} value
 */
export function keepCookie(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=${ROOT || "/"}; SameSite=Lax; Max-Age=31536000${secure}`;
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/**
 * Returns whether a value is an element of a type, by default an HTML element.
 *
 * @template {Element} [Type=HTMLElement]
 * @param {unknown} value
 * @param {new () => Type} [type]
 * @returns {value is Type}
 */
const isOf = (value, type) => value instanceof (type ?? HTMLElement);

/**
 * Finds the first element that matches.
 *
 * @template {Element} [Type=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Type} [type]
 * @returns {Type | null}
 */
export function find(root, selector, type) {
  const found = root.querySelector(selector);
  return isOf(found, type) ? found : null;
}

/**
 * Finds the first element that matches, of a page that always has one.
 *
 * @template {Element} [Type=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Type} [type]
 * @returns {Type}
 */
export function need(root, selector, type) {
  const found = find(root, selector, type);
  if (!found) throw new Error(`${selector} is not on the page`);
  return found;
}

/**
 * Finds all elements that match.
 *
 * @template {Element} [Type=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Type} [type]
 * @returns {Type[]}
 */
export function all(root, selector, type) {
  return [...root.querySelectorAll(selector)].filter((found) => isOf(found, type));
}

/**
 * Finds the nearest element that matches: the target of an event, or one around it.
 *
 * @template {Element} [Type=HTMLElement]
 * @param {EventTarget | null} target
 * @param {string} selector
 * @param {new () => Type} [type]
 * @returns {Type | null}
 */
export function closest(target, selector, type) {
  const found = target instanceof Element ? target.closest(selector) : null;
  return isOf(found, type) ? found : null;
}

/**
 * @param {unknown} value
 * @returns {value is Control}
 */
export function isControl(value) {
  return (
    value instanceof HTMLInputElement || value instanceof HTMLSelectElement || value instanceof HTMLTextAreaElement
  );
}

/**
 * Finds all inputs, selects and text areas that match.
 *
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {Control[]}
 */
export function controls(root, selector) {
  return [...root.querySelectorAll(selector)].filter(isControl);
}

/**
 * @param {unknown} control
 * @returns {control is HTMLInputElement}
 */
export function isCheckbox(control) {
  return control instanceof HTMLInputElement && control.type === "checkbox";
}
