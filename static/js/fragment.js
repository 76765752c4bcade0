/**
 * A link to a capsule is /open#KEY.  The key goes into the field and leaves the address bar
 * and this entry of the history, so that it is neither read over a shoulder nor kept there.
 * Any other fragment, such as that of the skip link, stays as it is.  A whole link that is
 * pasted into the field is cut to its key.
 */

const KEY = /^[0-9A-Za-z]{12,32}$/;

/**
 * The key behind a # sign, or "".
 *
 * @param {string} fragment
 */
function keyIn(fragment) {
  try {
    const text = decodeURIComponent(fragment);
    return KEY.test(text.replace(/[\s-]/g, "")) ? text : "";
  } catch {
    return ""; // not ours: a broken escape is no key
  }
}

const field = document.getElementById("key");
if (field instanceof HTMLInputElement) {
  const take = () => {
    const key = keyIn(location.hash.slice(1));
    if (!key) return;
    field.value = key;
    history.replaceState(null, "", location.pathname + location.search);
  };
  take();
  addEventListener("hashchange", take);
  field.addEventListener("input", () => {
    const key = keyIn(field.value.trim().replace(/^https?:\/\/[^#]*#/, "#").slice(1));
    if (field.value.includes("#") && key) field.value = key;
  });
}
