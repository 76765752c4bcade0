/**
 * MD5 (RFC 1321), which WebCrypto lacks.  Only the contents of the original site need it, to
 * read them: MD5 is broken, and nothing here is ever written with it.
 */

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));

/**
 * The message, a 1 bit, zeros, and the length in bits.
 *
 * @param {Uint8Array} message
 * @returns {DataView}
 */
function padded(message) {
  const blocks = Math.floor((message.length + 8) / 64) + 1;
  const bytes = new Uint8Array(blocks * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(bytes.length - 8, BigInt(message.length) * 8n, true);
  return view;
}

/**
 * Which word of the block a step takes, and the mixing function of its round.
 *
 * @param {number} step
 * @param {number} b
 * @param {number} c
 * @param {number} d
 * @returns {[number, number]}
 */
function mix(step, b, c, d) {
  if (step < 16) return [step, (b & c) | (~b & d)];
  if (step < 32) return [(5 * step + 1) % 16, (d & b) | (~d & c)];
  if (step < 48) return [(3 * step + 5) % 16, b ^ c ^ d];
  return [(7 * step) % 16, c ^ (b | ~d)];
}

/**
 * @param {Uint8Array} message
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function md5(message) {
  const view = padded(message);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let block = 0; block < view.byteLength; block += 64) {
    let [a = 0, b = 0, c = 0, d = 0] = state;
    for (let step = 0; step < 64; step++) {
      const [word, mixed] = mix(step, b, c, d);
      const sum = (a + mixed + (SINES[step] ?? 0) + view.getInt32(block + 4 * word, true)) | 0;
      const shift = SHIFTS[4 * (step >> 4) + (step % 4)] ?? 0;
      [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
    }
    [a, b, c, d].forEach((word, i) => (state[i] = ((state[i] ?? 0) + word) | 0));
  }
  const digest = new DataView(new ArrayBuffer(16));
  state.forEach((word, i) => digest.setInt32(4 * i, word, true));
  return new Uint8Array(digest.buffer);
}
