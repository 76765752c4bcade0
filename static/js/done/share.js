/**
 * The link to the capsule.  Where the server knows no public address of its own it has made
 * none, but the browser knows where it is; and where the device can share, a button does.
 */

/**
 * @param {HTMLAnchorElement} link
 * @param {HTMLElement} section
 */
function complete(link, section) {
  if (!link.hash) {
    link.hash = link.dataset.key ?? "";
    link.textContent = link.href;
  }
  section.hidden = false;
}

/**
 * Sharing is what people do on a phone: there its button is the first, and the one that stands out.
 *
 * @param {HTMLButtonElement} button
 */
function place(button) {
  const others = button.parentElement;
  if (matchMedia("(pointer: coarse)").matches) {
    others?.querySelector(".button:not(.plain)")?.classList.add("plain");
    button.classList.remove("plain");
  } else {
    others?.querySelector("[data-print]")?.before(button);
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLAnchorElement} link
 */
function armShare(button, link) {
  if (!("share" in navigator)) return;
  place(button);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.share({ title: button.dataset.title, url: link.href });
      button.dispatchEvent(new Event("kept", { bubbles: true }));
    } catch {
      // put aside by the person who pressed it
    }
  });
}

const section = document.getElementById("share");
const link = document.getElementById("capsule-link");
const button = document.getElementById("share-button");
if (section && link instanceof HTMLAnchorElement) {
  complete(link, section);
  if (button instanceof HTMLButtonElement) armShare(button, link);
}
