/**
 * Somebody has noted the key, and the passphrase where there is one, and tries before leaving
 * whether that was right.  Both are judged on this page: the key by comparing, the passphrase by
 * the commitment in the head of the encrypted message (docs/encryption.md).
 */

import { parseKey } from "../key.js";

/** @param {string} id */
function field(id) {
  const found = document.getElementById(id);
  return found instanceof HTMLInputElement ? found : undefined;
}

/**
 * @param {HTMLElement} box
 * @param {HTMLElement} outcome
 */
async function judge(box, outcome) {
  const { key, head, right = "", wrong = "", missing = "", working = "", passphrase = "" } = box.dataset;
  if (parseKey(field("try-key")?.value ?? "") !== key) return wrong;
  const secret = field("try-passphrase")?.value ?? "";
  if (head && !secret) return missing;
  if (head) {
    outcome.textContent = working;
    const { fits } = await import("../seal/tc2.js");
    if (!(await fits(head, secret))) return passphrase;
  }
  outcome.dispatchEvent(new Event("kept", { bubbles: true }));
  return right;
}

const box = document.getElementById("try");
const form = document.getElementById("try-form");
const outcome = document.getElementById("try-outcome");
if (box && form && outcome) {
  let trying = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (trying) return;
    trying = true;
    outcome.textContent = await judge(box, outcome).catch(() => ""); // tried again by another press
    outcome.classList.toggle("error", outcome.textContent !== box.dataset.right);
    trying = false;
  });
  box.hidden = false;
}
