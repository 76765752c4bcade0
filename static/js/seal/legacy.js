/**
 * Contents of the original site, which encrypted with CryptoJS 3: OpenSSL's "Salted__" format,
 * one round of MD5, AES-256-CBC and no authentication; and what OpenSSL itself writes since 1.1
 * (SHA-256 for MD5, or PBKDF2).  Weak, so it is read and never written; docs/encryption.md tells
 * it byte by byte.
 */

import { equal, fromBase64, fromUtf8, join, utf8 } from "./bytes.js";
import { md5 } from "./md5.js";

/** Base64 of "Salted__", perhaps behind blanks. */
const MARK = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]*(?=U2FsdGVkX1)/u;
const ROUNDS = 10_000; // of OpenSSL's PBKDF2 where nobody has asked for others
const BLOCK = 16;
const LAYERS = 8; // a person pressed "Encrypt" that often at most

/**
 * @param {string} text
 * @returns {boolean}
 */
export function isLegacy(text) {
  return MARK.test(text);
}

/**
 * 48 bytes of a hash as OpenSSL stretches it (EVP_BytesToKey, one round).
 *
 * @param {(bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array> | Uint8Array} hash
 * @param {Uint8Array} passphrase
 * @param {Uint8Array} salt
 */
async function chained(hash, passphrase, salt) {
  let [all, last] = [new Uint8Array(0), /** @type {Uint8Array} */ (new Uint8Array(0))];
  while (all.length < 48) {
    last = await hash(join(last, passphrase, salt));
    all = join(all, last);
  }
  return all.slice(0, 48);
}

/**
 * @param {Uint8Array<ArrayBuffer>} passphrase
 * @param {Uint8Array<ArrayBuffer>} salt
 */
async function stretched(passphrase, salt) {
  const secret = await crypto.subtle.importKey("raw", passphrase, "PBKDF2", false, ["deriveBits"]);
  const pbkdf2 = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return new Uint8Array(await crypto.subtle.deriveBits(pbkdf2, secret, 48 * 8));
}

/**
 * Key and iv of a passphrase, by the options of `openssl enc` that make it so; "" is the original.
 *
 * @type {[string, (passphrase: Uint8Array<ArrayBuffer>, salt: Uint8Array<ArrayBuffer>) =>
 *   Promise<Uint8Array<ArrayBuffer>>][]}
 */
const WAYS = [
  ["", (passphrase, salt) => chained(md5, passphrase, salt)],
  ["-md sha256", (passphrase, salt) => chained(async (bytes) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)), passphrase, salt)],
  ["-pbkdf2", stretched],
];

/**
 * @typedef {object} Opened
 * @property {string} text
 * @property {string} options Of `openssl enc`; "" where the original's way has opened it.
 */

/**
 * Undefined where the passphrase is another one or the text is damaged: the format cannot tell.
 * The passphrase counts as typed, without any normalising, and may be empty.
 *
 * @param {string} text
 * @param {string} passphrase
 * @returns {Promise<Opened | undefined>}
 */
async function decrypt(text, passphrase) {
  const raw = fromBase64(text.replace(MARK, ""));
  if (!raw || raw.length < 2 * BLOCK || raw.length % BLOCK !== 0) return undefined;
  if (!equal(raw.subarray(0, 8), utf8("Salted__"))) return undefined;
  for (const [options, derive] of WAYS) {
    const secret = await derive(utf8(passphrase), raw.slice(8, BLOCK));
    const cbc = { name: "AES-CBC", iv: secret.slice(32) };
    const { subtle } = crypto;
    const key = await subtle.importKey("raw", secret.slice(0, 32), cbc.name, false, ["decrypt"]);
    try {
      return { text: fromUtf8(await subtle.decrypt(cbc, key, raw.subarray(BLOCK))), options };
    } catch {
      // the padding or the text is none: another way, another passphrase, or damage
    }
  }
  return undefined;
}

/**
 * Opens every layer that the passphrase opens.  What is left may be encrypted once more, under
 * another passphrase: isLegacy tells.
 *
 * @param {string} text
 * @param {string} passphrase
 * @returns {Promise<Opened | undefined>} Undefined when not even the outermost opens.
 */
export async function open(text, passphrase) {
  let opened = await decrypt(text, passphrase);
  for (let layer = 1; layer < LAYERS && opened && isLegacy(opened.text); layer++) {
    const inner = await decrypt(opened.text, passphrase);
    if (!inner) break;
    opened = inner;
  }
  return opened;
}
