/**
 * A link to a capsule is /open#KEY.  The key goes into the field and leaves the address bar
 * and this entry of the history, so that it is neither read over a shoulder nor kept there.
 * Any other fragment, such as that of the skip link, stays as it is.
 */

/** @returns {void} */
function take() {
  const field = document.getElementById("key");
  if (!(field instanceof HTMLInputElement)) return;

  let text = location.hash.slice(1);
  try {
    text = decodeURIComponent(text);
  } catch {
    return; // not ours: a broken escape is no key
  }
  if (!/^[0-9A-Za-z]{12,32}$/.test(text.replace(/[\s-]/g, ""))) return;

  field.value = text;
  history.replaceState(null, "", location.pathname + location.search);
}

take();
addEventListener("hashchange", take);
