/**
 * Minds the key that is shown once: leaving the page warns until the key was copied, printed,
 * shared or saved.  And what was sent is no draft any more.
 *
 * Whatever carries the key away says so by an event "kept" that bubbles: js/buttons.js,
 * js/done/share.js, and here printing, copying by hand, and forms marked data-keeps.
 */

/** @param {BeforeUnloadEvent} event */
function warn(event) {
  event.preventDefault();
}

function kept() {
  removeEventListener("beforeunload", warn);
}

addEventListener("beforeunload", warn);
addEventListener("kept", kept);
addEventListener("afterprint", kept);

document.addEventListener("copy", () => {
  const key = document.getElementById("capsule-key")?.textContent ?? "";
  const copied = getSelection()?.toString().replace(/\s/g, "") ?? "";
  if (copied.includes(key.replace(/\s/g, ""))) kept();
});

for (const form of document.querySelectorAll("form[data-keeps]")) {
  form.addEventListener("submit", kept);
}

sessionStorage.removeItem("tc-draft"); // js/put/draft.js; last, as storage may be forbidden
