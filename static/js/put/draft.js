/**
 * Keeps what is typed into the put form in this tab (sessionStorage) until js/done/keep.js removes
 * it with the key.  Nothing is kept in the clear once a passphrase is set.  A form that the
 * server filled in (refused, taken back) replaces any draft.
 */

const NAME = "tc-draft"; // also in js/done/keep.js
const NOTHING = "{}"; // the draft of a form that is under way and of which nothing may be kept
const PAUSE = 300; // milliseconds; one without a key, and the draft is written

/**
 * @param {HTMLFormElement} form
 * @returns {(HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement)[]} what is sent, each
 *   name once: the hidden field before a box is not somebody's choice
 */
function fieldsOf(form) {
  /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>} */
  const all = form.querySelectorAll("[name]");
  return [...all].filter(({ type, name }) => type !== "hidden" || name === "once");
}

/** @param {HTMLFormElement} form */
function keep(form) {
  const passphrase = document.getElementById("passphrase");
  if (passphrase instanceof HTMLInputElement && passphrase.value) {
    return sessionStorage.setItem(NAME, NOTHING);
  }
  /** @type {Record<string, string | boolean>} */
  const draft = {};
  for (const field of fieldsOf(form)) {
    draft[field.name] = field.type === "checkbox" && field instanceof HTMLInputElement
      ? field.checked : field.value;
  }
  sessionStorage.setItem(NAME, JSON.stringify(draft));
}

/** What a field holds before anybody touches it. @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} field */
function firstOf(field) {
  if (field instanceof HTMLSelectElement) return "";
  return field instanceof HTMLInputElement && field.type === "checkbox" ? field.defaultChecked : field.defaultValue;
}

/** @param {HTMLFormElement} form @returns {boolean} whether there was a draft */
function restore(form) {
  const text = sessionStorage.getItem(NAME);
  if (text === null || text === NOTHING) return false;
  /** @type {Record<string, unknown>} */
  const draft = JSON.parse(text);
  for (const field of fieldsOf(form)) {
    const value = draft[field.name];
    if (typeof value === "boolean" && field instanceof HTMLInputElement) field.checked = value;
    if (typeof value === "string") field.value = value;
    const fold = value !== undefined && value !== firstOf(field) ? field.closest("details") : null;
    if (fold) fold.open = true;
    field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? "change" : "input"));
  }
  return true;
}

/** @param {HTMLFormElement} form */
function arm(form) {
  let typed = false;
  let again = false;
  let timer = 0;
  const note = document.getElementById("draft-note");

  function look() {
    timer = again ? setTimeout(look, PAUSE) : 0;
    if (!again) keep(form);
    again = false;
  }
  function later() {
    typed = true;
    again = timer !== 0; // a timer anew at each key would cost more
    timer = timer || setTimeout(look, PAUSE);
  }
  function stop() {
    clearTimeout(timer);
    timer = 0;
  }
  function now() {
    stop();
    if (typed) keep(form);
  }
  /** The page anew: a browser that reloads one fills in what its fields held. */
  function clear() {
    typed = false;
    stop();
    sessionStorage.removeItem(NAME);
    history.replaceState(null, "");
    form.reset();
    location.replace(location.pathname + location.search);
  }

  if (form.dataset.fresh === undefined) keep(form);
  else if (restore(form) && note) note.hidden = false;
  note?.querySelector("button")?.addEventListener("click", clear);
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => {
    now();
    history.replaceState({ sent: true }, "");
  });
  addEventListener("pagehide", now);
  // Back from the page that shows the key: what was sent is no draft any more, though the
  // browser has kept the page, or puts into a new one what was typed into the old one.
  addEventListener("pageshow", (event) => {
    const left = event.persisted ? typed : history.state?.sent;
    if (left && sessionStorage.getItem(NAME) === null) clear();
  });
}

const form = document.getElementById("put-form");
if (form instanceof HTMLFormElement) {
  try {
    arm(form);
  } catch {
    // storage that is full, forbidden or not ours: then there is no draft
  }
}
