/**
 * The script of a message that was saved sealed (static/js/sealed/save.js puts it into that page, behind
 * the two that it needs).  It decrypts the message in its place and asks nobody for anything.
 */

import { SealError, open } from "../seal/tc2.js";

const message = document.getElementById("message");
const form = document.getElementById("form");
const passphrase = document.getElementById("passphrase");
const shown = document.getElementById("shown");
const outcome = document.getElementById("outcome");
const { opened = "", working = "", wrong = "", damaged = "", unavailable = "" } = document.body.dataset;

/** @param {string} secret @returns {Promise<string>} what has become of it */
async function unlock(secret) {
  try {
    const { message: text } = await open((message?.textContent ?? "").trim(), secret);
    if (message) message.textContent = text;
    message?.classList.remove("sealed");
    form?.remove();
    message?.focus();
    return opened;
  } catch (reason) {
    if (!(reason instanceof SealError)) return unavailable;
    return reason.code === "passphrase" ? wrong : damaged;
  }
}

if (outcome && form && passphrase instanceof HTMLInputElement && shown instanceof HTMLInputElement) {
  let trying = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (trying) return;
    trying = true;
    outcome.textContent = working;
    outcome.textContent = await unlock(passphrase.value);
    trying = false;
  });
  shown.addEventListener("change", () => (passphrase.type = shown.checked ? "text" : "password"));
  if (!globalThis.crypto?.subtle) outcome.textContent = unavailable;
}
