/**
 * Fetches the page again when the server runs a newer generation than the one that rendered
 * it; while the files have faults, shows them over the page, which the generation before still
 * serves (css/watch.css).  Only pages of a server with --watch carry the two.
 */

const PAUSE = 1000; // milliseconds between two questions

const script = document.querySelector("script[data-generation]");
const own = script instanceof HTMLElement ? script.dataset.generation : undefined;
const box = document.createElement("pre");

box.id = "reload-faults";
box.tabIndex = 0; // may be scrolled by keys
box.setAttribute("role", "alert");

/** @param {string} faults none: what was shown goes */
function show(faults) {
  const text = faults && `The reload failed; generation ${own} still serves this page.\n\n${faults}`;
  if (!text) box.remove();
  else if (!box.isConnected) document.body.append(box);
  if (box.textContent !== text) box.textContent = text;
}

/** @returns {Promise<void>} */
async function look() {
  try {
    const answer = await fetch(new URL("../../-/generation", import.meta.url), { cache: "no-store" });
    const [number, ...faults] = (await answer.text()).split("\n");
    if (answer.ok && number !== own) {
      location.reload();
      return;
    }
    if (answer.ok) show(faults.join("\n").trim());
  } catch {
    // the server is being started again: ask later
  }
  setTimeout(look, PAUSE);
}

setTimeout(look, PAUSE);
