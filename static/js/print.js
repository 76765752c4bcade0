/**
 * Buttons that print the page: <button hidden data-print>.  They stand hidden until this module
 * makes them work; what paper shows is the print part of the style sheets.
 */

for (const button of document.querySelectorAll("button[data-print]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  button.addEventListener("click", () => print());
  button.hidden = false;
}
