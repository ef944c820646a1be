// Elements, made with their attributes and what they hold.

/* Says that a script asks for a page, of which it shows a part: messages wait for a page that is seen. */
export const BY_SCRIPT = { "x-requested-with": "XMLHttpRequest" };

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
