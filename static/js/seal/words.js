/**
 * Passphrases made up for people: words drawn from a list, each as likely as any other.  The
 * list is a file of its own (static/words/), fetched when somebody asks for words.
 */

/** Seven of 1024 words are 70 bits. */
export const COUNT = 7;

const RANGE = 2 ** 32;

/**
 * A random whole number from 0 to n - 1.  Numbers above the last multiple of n are thrown away,
 * or the first ones would come a little more often.
 *
 * @param {number} n
 * @returns {number}
 */
export function below(n) {
  const end = RANGE - (RANGE % n);
  for (;;) {
    const [number = RANGE] = crypto.getRandomValues(new Uint32Array(1));
    if (number < end) return number % n;
  }
}

/**
 * @param {string[]} list
 * @param {number} count
 * @returns {{ passphrase: string, bits: number }}
 */
export function draw(list, count) {
  const words = Array.from({ length: count }, () => list[below(list.length)] ?? "");
  return { passphrase: words.join(" "), bits: Math.floor(count * Math.log2(list.length)) };
}

/**
 * @param {string} url Of a text file with a word on each line.
 * @returns {Promise<string[]>}
 */
export async function fetchList(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return (await answer.text()).split("\n").filter(Boolean);
}
