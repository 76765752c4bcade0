/**
 * The passphrase of the put form.  The form dispatches "prepare" when its fields are in order and
 * waits for the encryption; what it sends then has the encrypted text in place of the message
 * ("formdata"), and the fields of the passphrase have no name.  The message itself stays in its
 * field, so that nothing is lost whatever the answer is.
 *
 * A form that comes back with an encrypted text in it (refused, or taken back) is locked: it can
 * be sent as it is, or the passphrase makes it a message again.
 */

import { bitsOf, levelOf } from "../seal/strength.js";
import { SealError, isSealed, open, parse, seal } from "../seal/tc2.js";
import { COUNT, draw, fetchList } from "../seal/words.js";

const PAUSE = 700; // milliseconds without a key before the strength is announced

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {{ new (): T }} kind
 * @returns {T}
 */
function element(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no #${id}`);
  return found;
}

const box = element("seal", HTMLDetailsElement);
const part = element("seal-part", HTMLElement);

const content = element("content", HTMLTextAreaElement);
const passphrase = element("passphrase", HTMLInputElement);
const again = element("passphrase-again", HTMLInputElement);
const shown = element("passphrase-shown", HTMLInputElement);
const make = element("passphrase-make", HTMLButtonElement);
const strength = element("passphrase-strength", HTMLElement);
const made = element("passphrase-words", HTMLElement);
const fields = element("seal-fields", HTMLElement);
const locked = element("seal-locked", HTMLElement);
const unlock = element("unlock", HTMLInputElement);
const unlockShown = element("unlock-shown", HTMLInputElement);
const unlockButton = element("unlock-button", HTMLButtonElement);
const unlockStatus = element("unlock-status", HTMLElement);

/** What the page says, in its language. @param {string} name @param {Record<string, string>} [values] */
function words(name, values = {}) {
  const text = part.dataset[name] ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** The chosen moment as the page tells it in words, in unix seconds. */
function chosenMoment() {
  const text = document.getElementById("moment-words")?.dataset.instant;
  return text ? Number(text) : undefined;
}

/** @param {string} field @param {string} message */
function fault(field, message) {
  return { field, message };
}

/**
 * The last sealing and what it was made of.  The same text is sent again when nothing has
 * changed: an answer that was lost is then found by sending the form once more.
 *
 * @type {{ message: string, passphrase: string, opensAt: number, text: string } | undefined}
 */
let last;

/** The last sealing, where it is still that of what the form says. */
function current() {
  const good = last && last.message === content.value && last.passphrase === passphrase.value
    && last.opensAt === chosenMoment();
  return good ? last : undefined;
}

/** Encrypts what the form says, or rejects with what is wrong. */
async function encrypt() {
  const opensAt = chosenMoment();
  if (opensAt === undefined) throw fault("time", words("noTime"));
  const [message, secret] = [content.value, passphrase.value];
  last = { message, passphrase: secret, opensAt, text: await seal(message, secret, opensAt) };
}

/** Sees to it that there is an encrypted text to send, or rejects with what is wrong. */
async function prepare() {
  if (again.value !== passphrase.value) throw fault("passphrase-again", words("different"));
  strength.textContent = words("working");
  try {
    while (!current()) await encrypt(); // and once more, when somebody went on writing meanwhile
  } finally {
    showStrength();
  }
  const length = last?.text.length ?? 0;
  if (length > Number(part.dataset.max)) throw fault("content", words("long", { count: `${length}` }));
}

/** A locked form may go as it is, but only for the moment that is sealed in. */
async function prepareLocked() {
  const { opensAt } = await parse(content.value);
  if (opensAt !== chosenMoment()) throw fault("unlock", words("otherTime"));
}

/** Nothing of what is to be encrypted may be kept by the browser for coming back. */
function keepNothing() {
  if (passphrase.value) content.autocomplete = "off";
  else content.removeAttribute("autocomplete");
}

let timer = 0;

function showStrength() {
  const bits = bitsOf(passphrase.value);
  strength.textContent = passphrase.value ? words(levelOf(bits), { bits: String(bits) }) : "";
}

function showStrengthLater() {
  clearTimeout(timer);
  timer = setTimeout(showStrength, PAUSE);
}

function showCharacters() {
  for (const field of [passphrase, again]) field.type = shown.checked ? "text" : "password";
  unlock.type = unlockShown.checked ? "text" : "password";
  made.hidden = !shown.checked || made.textContent === "" || made.textContent !== passphrase.value;
}

async function makeWords() {
  const list = await fetchList(make.dataset.list ?? "");
  const drawn = draw(list, COUNT);
  passphrase.value = again.value = made.textContent = drawn.passphrase;
  shown.checked = true;
  passphrase.dispatchEvent(new Event("input", { bubbles: true }));
  again.dispatchEvent(new Event("input", { bubbles: true }));
  clearTimeout(timer);
  strength.textContent = words("made", { bits: String(drawn.bits), words: String(COUNT) });
  passphrase.focus();
}

/** @param {boolean} now */
function setLocked(now) {
  locked.hidden = !now;
  fields.hidden = now;
  content.readOnly = now;
  content.classList.toggle("ciphertext", now);
}

/** What the page says and folds because the message came back encrypted is true no more. */
function unfold() {
  for (const id of ["sealed-note", "sealed-time"]) document.getElementById(id)?.remove();
  const fold = document.getElementById("sealed-text");
  fold?.querySelector("summary")?.remove();
  fold?.replaceWith(...fold.childNodes);
  const title = box.querySelector("summary span");
  if (title instanceof HTMLElement && title.dataset.unlocked) title.textContent = title.dataset.unlocked;
}

let unlocking = false;

async function decrypt() {
  if (unlocking) return;
  unlocking = true;
  unlockStatus.textContent = words("working");
  try {
    const { message } = await open(content.value, unlock.value);
    passphrase.value = again.value = unlock.value;
    unlock.value = unlockStatus.textContent = "";
    content.value = message;
    keepNothing();
    setLocked(false);
    unfold();
    content.dispatchEvent(new Event("input", { bubbles: true }));
    content.focus();
  } catch (reason) {
    if (!(reason instanceof SealError)) throw reason;
    unlockStatus.textContent = words(reason.code);
    unlock.focus();
  } finally {
    unlocking = false;
  }
}

/** @param {HTMLFormElement} form */
function arm(form) {
  passphrase.addEventListener("input", keepNothing);
  passphrase.addEventListener("input", showCharacters);
  passphrase.addEventListener("input", showStrengthLater);
  shown.addEventListener("change", showCharacters);
  unlockShown.addEventListener("change", showCharacters);
  make.addEventListener("click", makeWords);
  unlockButton.addEventListener("click", decrypt);
  unlock.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault(); // decrypts, and does not send the form
    decrypt();
  });
  form.addEventListener("prepare", (event) => {
    if (!(event instanceof CustomEvent)) return;
    if (!locked.hidden) event.detail.wait(prepareLocked());
    else if (passphrase.value || again.value) event.detail.wait(prepare());
  });
  form.addEventListener("formdata", ({ formData }) => {
    // Whatever else sends the form: without an encrypted text nothing goes in its place.
    if (locked.hidden && passphrase.value) formData.set("content", current()?.text ?? "");
  });
}

/** Why nothing can be encrypted here, or "". */
function obstacle() {
  if (!isSecureContext) return words("unavailable");
  // Without this event the message itself would be sent.
  return "subtle" in crypto && "FormDataEvent" in globalThis ? "" : words("tooOld");
}

const form = box.closest("form");
if (form && obstacle() === "") {
  arm(form);
  if (isSealed(content.value)) {
    parse(content.value).then(() => setLocked(true), () => {}); // what is not whole is a message
  }
} else {
  const told = element("seal-unavailable", HTMLElement);
  told.textContent = obstacle();
  told.hidden = false;
  for (const field of [passphrase, again, shown, make]) field.disabled = true;
}
