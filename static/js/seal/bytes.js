/**
 * Text and base64 to bytes and back, strictly: what another program would write differently is
 * refused, so that every sequence of bytes has one spelling.
 */

const CHUNK = 8192; // arguments that every engine takes in one call

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/**
 * Throws where the bytes are not UTF-8.
 *
 * @param {BufferSource} bytes
 * @returns {string}
 */
export function fromUtf8(bytes) {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/**
 * @param {...Uint8Array} parts
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 * @returns {boolean}
 */
export function equal(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * RFC 4648 section 4, with padding; line breaks and spaces do not count.
 *
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer> | undefined}
 */
export function fromBase64(text) {
  const packed = text.replace(/\s+/g, "");
  if (packed.length % 4 !== 0) return undefined;
  try {
    return Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/**
 * RFC 4648 section 5, without padding.
 *
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function base64url(bytes) {
  let latin1 = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    latin1 += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(latin1).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/**
 * RFC 4648 section 5, without padding, and without stray bits behind the last byte.
 *
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer> | undefined}
 */
export function fromBase64url(text) {
  if (!/^[\w-]*$/.test(text)) return undefined;
  const standard = text.replace(/-/g, "+").replace(/_/g, "/");
  const bytes = fromBase64(standard.padEnd(Math.ceil(text.length / 4) * 4, "="));
  return bytes && base64url(bytes) === text ? bytes : undefined;
}
