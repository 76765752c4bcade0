/**
 * Makes addresses in a message links: http and https only, opened without telling where from.
 * The message stays text; each link's text is the address as it was written.  Whoever changes
 * the message (to decrypt it) dispatches "shown" on it.
 */

// An address ends at white space, quotes, angle brackets and the punctuation of Chinese.
const ADDRESS = /https?:\/\/[^\s<>"'`\u201c\u201d\u2018\u2019\u3000-\u3003\u3008-\u3011\uff00-\uff0f\uff1a-\uff20\uff3b-\uff3d]+/giu;
const AFTER = ".,;:!?*_~"; // ends a sentence, not an address
const LONGEST = 2048; // what browsers and servers take; nobody has typed a longer one

/** Without what belongs to the sentence around it: a full stop, a bracket never opened in it. @param {string} address */
function trim(address) {
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address.charAt(end - 1);
    const open = last === ")" ? "(" : last === "]" ? "[" : "";
    const kept = address.slice(0, end);
    const loose = open && kept.split(open).length < kept.split(last).length;
    if (!loose && !AFTER.includes(last)) break;
  }
  return address.slice(0, end);
}

/** @param {string} address */
function linkTo(address) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = address;
  link.rel = "noopener noreferrer nofollow";
  link.target = "_blank";
  return link;
}

/** @param {string} address */
function isSafe(address) {
  try {
    const { protocol, hostname } = new URL(address);
    return (protocol === "http:" || protocol === "https:") && hostname !== "";
  } catch {
    return false;
  }
}

/** @param {string} text @returns {(string | Node)[]} */
function parts(text) {
  /** @type {(string | Node)[]} */
  const list = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    if (match[0].length > LONGEST) continue;
    const address = trim(match[0]);
    if (!isSafe(address)) continue;
    list.push(text.slice(done, match.index), linkTo(address));
    done = match.index + address.length;
  }
  return [...list, text.slice(done)];
}

const message = document.getElementById("capsule-content");
if (message) {
  const link = () => message.replaceChildren(...parts(message.textContent ?? ""));
  message.addEventListener("shown", link);
  link();
}
