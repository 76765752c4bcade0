/**
 * Copy buttons.  Each stands hidden in the page until this module makes it work, so nobody
 * sees a button that does nothing.
 *
 *   <button hidden data-copy="ID" data-done="…" data-failed="…">
 *
 * ID names the element whose text is copied.  The outcome is said behind the buttons, in a
 * region that screen readers announce; a copy that succeeded is also an event "kept".
 */

/**
 * Copies an element's text.  The clipboard interface exists only over HTTPS and on this very
 * machine; elsewhere the old command copies what is selected, and where that fails too the
 * text at least stands selected.
 *
 * @param {HTMLElement} target
 * @returns {Promise<boolean>}
 */
async function copy(target) {
  try {
    await navigator.clipboard.writeText(target.textContent ?? "");
    return true;
  } catch {
    const fold = target.closest("details");
    if (fold) fold.open = true; // what is folded cannot be selected
    getSelection()?.selectAllChildren(target);
    return document.execCommand("copy");
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} target
 */
function arm(button, target) {
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  button.parentElement?.append(status);

  button.addEventListener("click", async () => {
    status.textContent = "";
    const { done, failed } = button.dataset;
    const copied = await copy(target);
    status.textContent = (copied ? done : failed) ?? "";
    if (copied) button.dispatchEvent(new Event("kept", { bubbles: true }));
  });
  button.hidden = false;
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const target = document.getElementById(button.dataset.copy ?? "");
  if (target) arm(button, target);
}
