/**
 * Fetches the page again when the server runs a newer generation than the one that rendered
 * it.  Only pages of a server with --watch carry this script.
 */

const PAUSE = 1000; // milliseconds between two questions

const script = document.querySelector("script[data-generation]");
const own = script instanceof HTMLElement ? script.dataset.generation : undefined;

/** @returns {Promise<void>} */
async function look() {
  try {
    const answer = await fetch(new URL("../../-/generation", import.meta.url), { cache: "no-store" });
    if (answer.ok && (await answer.text()).trim() !== own) {
      location.reload();
      return;
    }
  } catch {
    // the server is being started again: ask later
  }
  setTimeout(look, PAUSE);
}

setTimeout(look, PAUSE);
