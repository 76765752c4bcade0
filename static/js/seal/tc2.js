/**
 * TC2: a message encrypted with a passphrase, its opening time sealed in.  The format is told
 * byte by byte in docs/encryption.md, which is the contract; this is one implementation of it.
 *
 *   "TC2." base64url(header) "." base64url(ciphertext)
 *   header: rounds u32 | opening time i64 | salt 16 | iv 12 | commitment 32 | checksum 6
 *
 * The checksum tells a damaged header before any passphrase is asked for, the commitment a
 * wrong passphrase, and AES-GCM everything else that was changed.
 */

import { base64url, equal, fromBase64url, fromUtf8, join, utf8 } from "./bytes.js";

/** Rounds of PBKDF2 in what is written here, and the bounds of what is opened. */
export const ROUNDS = 1_000_000;
export const ROUNDS_MIN = 600_000;
export const ROUNDS_MAX = 10_000_000;

const MARK = "TC2.";
const TIME_MAX = 253_402_300_799; // the end of the year 9999
const TEXT_MAX = 1_048_576; // characters: twice what a server can be set to take
const CHECKED = 72; // bytes of the header that its checksum covers
const CHECKSUM = 6;
const BLOCK = 1024; // the plain text is padded to a multiple of it
const TAG = 16;

/** White space of a passphrase that counts as U+0020: Unicode's category Zs, by name. */
const SPACES = /[\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/g;

/**
 * Why something did not open: "passphrase" when it is not the one that was used, "damaged"
 * when the text is not what was sealed.
 */
export class SealError extends Error {
  /** @param {"passphrase" | "damaged"} code */
  constructor(code) {
    super(code === "passphrase" ? "the passphrase is another one" : "the text is damaged");
    this.code = code;
  }
}

/**
 * @typedef {object} Parameters What a sealing begins with.
 * @property {number} rounds
 * @property {number} opensAt Unix seconds.
 * @property {Uint8Array<ArrayBuffer>} salt 16 bytes.
 * @property {Uint8Array<ArrayBuffer>} iv 12 bytes.
 */

/**
 * @typedef {Parameters & { commitment: Uint8Array, authenticated: Uint8Array<ArrayBuffer> }} Head
 *   What stands before the ciphertext, taken apart.
 * @typedef {Head & { ciphertext: Uint8Array<ArrayBuffer> }} Envelope A text taken apart.
 */

/**
 * @typedef {object} Keys
 * @property {CryptoKey} aes
 * @property {Uint8Array} commitment
 */

/**
 * @param {string} text
 * @returns {boolean}
 */
export function isSealed(text) {
  return text.startsWith(MARK);
}

/**
 * The bytes of a passphrase: spaces of every kind become one kind, then NFC (the OpaqueString
 * profile of RFC 8265), so that another keyboard makes the same bytes.
 *
 * @param {string} passphrase
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function passphraseBytes(passphrase) {
  return utf8(passphrase.replace(SPACES, " ").normalize("NFC"));
}

/**
 * The slow step: the encryption key and the key commitment of a passphrase.
 *
 * @param {string} passphrase
 * @param {{ salt: Uint8Array<ArrayBuffer>, rounds: number }} parameters
 * @returns {Promise<Keys>}
 */
export async function deriveKeys(passphrase, { salt, rounds }) {
  const { subtle } = crypto;
  const secret = passphraseBytes(passphrase);
  const password = await subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  const pbkdf2 = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  const stretched = await subtle.deriveBits(pbkdf2, password, 256);
  const usages = /** @type {KeyUsage[]} */ (["deriveBits", "deriveKey"]);
  const base = await subtle.importKey("raw", stretched, "HKDF", false, usages);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0) };
  const forKey = { ...hkdf, info: utf8("TC2 key") };
  const forCommitment = { ...hkdf, info: utf8("TC2 commitment") };
  const gcm = { name: "AES-GCM", length: 256 };
  return {
    aes: await subtle.deriveKey(forKey, base, gcm, false, ["encrypt", "decrypt"]),
    commitment: new Uint8Array(await subtle.deriveBits(forCommitment, base, 256)),
  };
}

/**
 * @param {Uint8Array<ArrayBuffer>} checked
 * @returns {Promise<Uint8Array>}
 */
async function checksum(checked) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", checked), 0, CHECKSUM);
}

/**
 * @param {Uint8Array} message
 * @returns {Uint8Array<ArrayBuffer>}
 */
function pad(message) {
  const padded = new Uint8Array((Math.floor(message.length / BLOCK) + 1) * BLOCK);
  padded.set(message);
  padded[message.length] = 0x80;
  return padded;
}

/**
 * @param {Uint8Array<ArrayBuffer>} padded
 * @returns {Uint8Array<ArrayBuffer>}
 */
function unpad(padded) {
  let end = padded.length - 1;
  while (end > 0 && padded[end] === 0) end -= 1;
  if (padded[end] !== 0x80) throw new SealError("damaged");
  return padded.subarray(0, end);
}

/**
 * Encrypts with keys that are there already.  An iv is used once under one key.
 *
 * @param {string} message
 * @param {Parameters} parameters
 * @param {Keys} keys
 * @returns {Promise<string>}
 */
export async function encrypt(message, { rounds, opensAt, salt, iv }, keys) {
  const numbers = new DataView(new ArrayBuffer(12));
  numbers.setUint32(0, rounds);
  numbers.setBigInt64(4, BigInt(opensAt));
  const checked = join(new Uint8Array(numbers.buffer), salt, iv, keys.commitment);
  const head = MARK + base64url(join(checked, await checksum(checked)));
  const gcm = { name: "AES-GCM", iv, additionalData: utf8(head) };
  const sealed = await crypto.subtle.encrypt(gcm, keys.aes, pad(utf8(message)));
  return `${head}.${base64url(new Uint8Array(sealed))}`;
}

/**
 * @param {string} message
 * @param {string} passphrase
 * @param {number} opensAt Unix seconds.
 * @returns {Promise<string>}
 */
export async function seal(message, passphrase, opensAt) {
  const parameters = {
    rounds: ROUNDS,
    opensAt,
    salt: crypto.getRandomValues(new Uint8Array(16)),
    iv: crypto.getRandomValues(new Uint8Array(12)),
  };
  return encrypt(message, parameters, await deriveKeys(passphrase, parameters));
}

/**
 * @param {string} head "TC2.HEADER"
 * @returns {Promise<Head>}
 */
async function parseHead(head) {
  const header = isSealed(head) ? fromBase64url(head.slice(MARK.length)) : undefined;
  if (!header || header.length !== CHECKED + CHECKSUM) throw new SealError("damaged");
  const checked = header.subarray(0, CHECKED);
  if (!equal(header.subarray(CHECKED), await checksum(checked))) throw new SealError("damaged");
  const numbers = new DataView(header.buffer);
  const rounds = numbers.getUint32(0);
  const opensAt = Number(numbers.getBigInt64(4));
  const inBounds =
    rounds >= ROUNDS_MIN && rounds <= ROUNDS_MAX && opensAt >= 0 && opensAt <= TIME_MAX;
  if (!inBounds) throw new SealError("damaged");
  return {
    rounds,
    opensAt,
    salt: header.slice(12, 28),
    iv: header.slice(28, 40),
    commitment: header.slice(40, CHECKED),
    authenticated: utf8(head),
  };
}

/**
 * Takes a text apart and checks every bound.  Throws a SealError.
 *
 * @param {string} text
 * @returns {Promise<Envelope>}
 */
export async function parse(text) {
  const parts = text.length <= TEXT_MAX ? text.match(/^(TC2\.[\w-]+)\.([\w-]+)$/) : null;
  const head = await parseHead(parts?.[1] ?? "");
  const ciphertext = fromBase64url(parts?.[2] ?? "");
  const whole = ciphertext && ciphertext.length > TAG && ciphertext.length % BLOCK === TAG;
  if (!whole) throw new SealError("damaged");
  return { ...head, ciphertext };
}

/**
 * Whether a message was encrypted with that passphrase, by the commitment in its head alone.  Throws a
 * SealError where the head is damaged.
 *
 * @param {string} head "TC2.HEADER"
 * @param {string} passphrase
 * @returns {Promise<boolean>}
 */
export async function fits(head, passphrase) {
  const parsed = await parseHead(head);
  return equal(parsed.commitment, (await deriveKeys(passphrase, parsed)).commitment);
}

/**
 * Decrypts with keys that are there already.  Throws a SealError.
 *
 * @param {Envelope} envelope
 * @param {Keys} keys
 * @returns {Promise<string>}
 */
export async function decrypt({ iv, commitment, authenticated, ciphertext }, keys) {
  if (!equal(commitment, keys.commitment)) throw new SealError("passphrase");
  const gcm = { name: "AES-GCM", iv, additionalData: authenticated };
  try {
    const padded = await crypto.subtle.decrypt(gcm, keys.aes, ciphertext);
    return fromUtf8(unpad(new Uint8Array(padded)));
  } catch {
    throw new SealError("damaged");
  }
}

/**
 * Throws a SealError.
 *
 * @param {string} text
 * @param {string} passphrase
 * @returns {Promise<{ message: string, opensAt: number }>}
 */
export async function open(text, passphrase) {
  const envelope = await parse(text);
  const message = await decrypt(envelope, await deriveKeys(passphrase, envelope));
  return { message, opensAt: envelope.opensAt };
}
