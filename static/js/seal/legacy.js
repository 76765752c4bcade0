/**
 * Contents of the original site, which encrypted with CryptoJS 3: OpenSSL's "Salted__" format,
 * one round of MD5, AES-256-CBC and no authentication.  Weak, so it is read and never written;
 * docs/encryption.md tells it byte by byte.
 */

import { equal, fromBase64, fromUtf8, join, utf8 } from "./bytes.js";
import { md5 } from "./md5.js";

const MARK = "U2FsdGVkX1"; // base64 of "Salted__"
const BLOCK = 16;
const LAYERS = 8; // a person pressed "Encrypt" that often at most

/**
 * @param {string} text
 * @returns {boolean}
 */
export function isLegacy(text) {
  return text.startsWith(MARK);
}

/**
 * Undefined where the passphrase is another one or the text is damaged: the format cannot tell.
 * The passphrase counts as typed, without any normalising, and may be empty.
 *
 * @param {string} text
 * @param {string} passphrase
 * @returns {Promise<string | undefined>}
 */
async function decrypt(text, passphrase) {
  const raw = fromBase64(text);
  if (!raw || raw.length < 2 * BLOCK || raw.length % BLOCK !== 0) return undefined;
  if (!equal(raw.subarray(0, 8), utf8("Salted__"))) return undefined;
  const secret = join(utf8(passphrase), raw.subarray(8, BLOCK));
  const first = md5(secret);
  const second = md5(join(first, secret));
  const iv = md5(join(second, secret));
  const { subtle } = crypto;
  const key = await subtle.importKey("raw", join(first, second), "AES-CBC", false, ["decrypt"]);
  try {
    return fromUtf8(await subtle.decrypt({ name: "AES-CBC", iv }, key, raw.subarray(BLOCK)));
  } catch {
    return undefined; // the padding or the text is none: another passphrase, or damage
  }
}

/**
 * Opens every layer that the passphrase opens.  What is left may be encrypted once more, under
 * another passphrase: isLegacy tells.
 *
 * @param {string} text
 * @param {string} passphrase
 * @returns {Promise<string | undefined>} Undefined when not even the outermost opens.
 */
export async function open(text, passphrase) {
  let opened = await decrypt(text, passphrase);
  for (let layer = 1; layer < LAYERS && opened !== undefined && isLegacy(opened); layer++) {
    const inner = await decrypt(opened, passphrase);
    if (inner === undefined) break;
    opened = inner;
  }
  return opened;
}
