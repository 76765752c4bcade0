/**
 * A link to a capsule is /open#KEY.  The key goes into the field and leaves the address bar
 * and this entry of the history, so that it is neither read over a shoulder nor kept there.
 * Any other fragment, such as that of the skip link, stays as it is.  A whole link that is
 * pasted into the field is cut to its key.
 */

import { parseKey } from "./key.js";

const field = document.getElementById("key");
if (field instanceof HTMLInputElement) {
  const take = () => {
    const key = parseKey(location.hash);
    if (!key) return;
    field.value = key;
    history.replaceState(null, "", location.pathname + location.search);
  };
  take();
  addEventListener("hashchange", take);
  field.addEventListener("input", () => {
    const key = /[#\uff03]|%23/.test(field.value) && parseKey(field.value);
    if (key) field.value = key;
  });
}
