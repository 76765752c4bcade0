/**
 * Decrypts the message of an opened capsule in its place.  The passphrase goes nowhere; the
 * browser works beside the page, which stays usable and says what is going on.
 *
 * Two formats (docs/encryption.md): TC2, whose sealed opening time is then held against the
 * server's, and the original's, which is weak and cannot tell why something does not open.
 */

import * as legacy from "./seal/legacy.js";
import * as tc2 from "./seal/tc2.js";

/** @param {string} id @returns {HTMLElement} */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

const box = element("unseal");
const message = element("capsule-content");
const stored = message.textContent ?? "";
const template = box.querySelector("template");
if (template) template.replaceWith(template.content.cloneNode(true));

const form = /** @type {HTMLFormElement} */ (element("unseal-form"));
const passphrase = /** @type {HTMLInputElement} */ (element("passphrase"));
const shown = /** @type {HTMLInputElement} */ (element("passphrase-shown"));
const status = element("unseal-status");
const fault = element("unseal-fault");

/** @param {string} name */
function words(name) {
  return box.dataset[name] ?? "";
}

/** @param {number} time Unix seconds. */
function inWords(time) {
  /** @type {Intl.DateTimeFormatOptions} */
  const pattern = {
    year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit",
    second: time % 60 ? "2-digit" : undefined, hourCycle: "h23", timeZone: "UTC",
  };
  return `${new Intl.DateTimeFormat(box.dataset.locale, pattern).format(time * 1000)} (UTC)`;
}

/** What is still to be decrypted; the element itself may have been translated meanwhile. */
let sealed = stored;

/** @param {string} text */
function show(text) {
  sealed = message.textContent = text;
  message.dispatchEvent(new Event("shown"));
}

/** @param {string} outcome What has become of the message, to be announced. */
function finish(outcome) {
  form.remove();
  document.getElementById("sealed-text")?.replaceWith(message);
  message.classList.remove("ciphertext");
  message.dir = "auto";
  for (const button of document.querySelectorAll("button[data-decrypted]")) {
    if (button instanceof HTMLElement) button.textContent = button.dataset.decrypted ?? "";
  }
  message.tabIndex = -1;
  message.focus();
  status.textContent = outcome;
}

/** @param {number} opensAt What is sealed in the message. */
function compare(opensAt) {
  if (opensAt === Number(box.dataset.opensAt)) return words("agrees");
  fault.textContent = words("differs").replace("{sealed}", inWords(opensAt))
    .replace("{served}", inWords(Number(box.dataset.opensAt)));
  return words("opened");
}

/** @returns {Promise<string | undefined>} what is wrong, if anything */
async function openSealed() {
  try {
    const opened = await tc2.open(stored, passphrase.value);
    show(opened.message);
    finish(compare(opened.opensAt));
  } catch (reason) {
    if (!(reason instanceof tc2.SealError)) throw reason;
    return words(reason.code);
  }
}

/** @returns {Promise<string | undefined>} what is wrong, if anything */
async function openLegacy() {
  const opened = await legacy.open(sealed, passphrase.value);
  if (opened === undefined) return words("failed");
  show(opened.text);
  if (!legacy.isLegacy(opened.text)) {
    const { options } = opened;
    finish(options ? words("openssl").replace("{options}", options) : words("weak"));
    return;
  }
  passphrase.value = "";
  passphrase.focus();
  status.textContent = words("layer");
}

let working = false;

/** @param {boolean} now */
function setWorking(now) {
  working = now;
  form.querySelector("button")?.setAttribute("aria-disabled", String(now));
  box.setAttribute("aria-busy", String(now));
}

/** @param {SubmitEvent} event */
async function decrypt(event) {
  event.preventDefault();
  if (working) return;
  setWorking(true);
  fault.textContent = "";
  status.textContent = words("working");
  const wrong = await (tc2.isSealed(stored) ? openSealed() : openLegacy());
  setWorking(false);
  if (wrong === undefined) return;
  status.textContent = "";
  fault.textContent = wrong;
  passphrase.focus();
  passphrase.select();
}

/** A text that is not whole needs no passphrase to be told so. */
async function judge() {
  try {
    if (tc2.isSealed(stored)) await tc2.parse(stored);
  } catch {
    form.remove();
    fault.textContent = words("damaged");
  }
}

if (globalThis.crypto?.subtle) {
  form.addEventListener("submit", decrypt);
  shown.addEventListener("change", () => {
    passphrase.type = shown.checked ? "text" : "password";
  });
  judge();
} else {
  form.remove();
  fault.textContent = words("unavailable");
}
