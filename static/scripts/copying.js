// Buttons that copy a text of the page. Without scripts they are hidden: the text can be selected.

/** How long a button says that it copied, in milliseconds. */
const SAID_MS = 2000;

/**
 * @param {HTMLButtonElement} button
 */
export function watchCopying(button) {
  const text = document.getElementById(button.dataset.copies ?? "");
  // Browsers offer a clipboard over HTTPS and on the machine itself only.
  if (!text || !navigator.clipboard) return;
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText((text.textContent ?? "").trim());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied";
    }
    setTimeout(() => (button.textContent = words), SAID_MS);
  });
}
