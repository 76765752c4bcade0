/**
 * Buttons that save the text of another element as a file: <button hidden data-save="ID"
 * data-name="FILE">.  The text does not pass the server again.
 */

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} target
 */
function arm(button, target) {
  button.addEventListener("click", () => {
    const blob = new Blob([target.textContent ?? ""], { type: "text/plain;charset=utf-8" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = button.dataset.name ?? "";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  button.hidden = false;
}

for (const button of document.querySelectorAll("button[data-save]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const target = document.getElementById(button.dataset.save ?? "");
  if (target) arm(button, target);
}
