/**
 * The answer to a key stands at the address of the form, in place of it.  Here its entry in the
 * history gets an address of its own, that of a form that says why the answer is gone: going
 * back leads there and not to a browser's error, reloading posts nothing, and a link to another
 * capsule (/open#KEY) is another address than this one, so that the browser goes there.
 */

const script = document.querySelector("script[data-again]");
if (script instanceof HTMLScriptElement) history.replaceState(null, "", script.dataset.again);
