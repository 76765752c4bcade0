/**
 * Empties a page that shows a key or a message when it is left, so that "back" on a shared
 * machine, or the browser's own cache of pages, shows nothing.  A page that comes back out of
 * that cache is fetched again.
 */

addEventListener("pagehide", () => {
  document.querySelector("main")?.replaceChildren();
});

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
