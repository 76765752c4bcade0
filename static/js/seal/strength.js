/**
 * How strong a passphrase is at most, said modestly: from its length, the kinds of characters,
 * and what people choose first.  It knows no names, no quotes and no other language, so it
 * counts letters as words would, and a lower figure may still be too high.
 */

/** What guessers try first, and what it is worth. */
const COMMON = new Set((
  "password passwort passphrase secret letmein welcome login admin master hello love iloveyou "
  + "monkey dragon sunshine princess football baseball superman batman shadow freedom whatever "
  + "trustno starwars pokemon computer internet google test qwerty qwertyuiop asdf asdfgh asdfghjkl "
  + "zxcvbn zxcvbnm woaini nihao mima time capsule timecapsule future god michael jordan summer winter"
).split(" "));
const COMMON_BITS = 6;
const RUN_BITS = 5; // of a run such as 1234, cba or aaaa, whatever its length
const RUN = 3; // characters that make one
const YEAR_BITS = 7;
const WORD_BITS = 11; // of a word of everyday language
const WORD = 8; // letters that count as one at most

/** Bits of one character that is part of nothing known. */
const LETTER_BITS = 3;
const DIGIT_BITS = 3;
const SIGN_BITS = 4;
const HAN_BITS = 5;

const WEAK = 40; // below: a few computers need days
const FAIR = 56; // below: a thousand need years at most

/**
 * How many characters from here on repeat, or count up or down by one.
 *
 * @param {string[]} characters
 * @param {number} at
 * @returns {number}
 */
function runLength(characters, at) {
  const code = (/** @type {number} */ i) => characters[i]?.codePointAt(0) ?? NaN;
  const step = code(at + 1) - code(at);
  if (![-1, 0, 1].includes(step)) return 1;
  let end = at + 2;
  while (code(end) - code(end - 1) === step) end += 1;
  return end - at;
}

/**
 * The bits of the longest known thing at the beginning of a text, and its length.
 *
 * @param {string} text
 * @returns {[number, number]}
 */
function first(text) {
  const characters = [...text];
  const run = runLength(characters, 0);
  if (run >= RUN) return [RUN_BITS, characters.slice(0, run).join("").length];
  if (/^(19|20)\d\d(?!\d)/.test(text)) return [YEAR_BITS, 4];
  const letters = text.match(/^[\p{L}\p{M}]+/u)?.[0] ?? "";
  const han = letters.match(/^\p{Script=Han}+/u)?.[0];
  if (han) return [HAN_BITS * [...han].length, han.length];
  if (COMMON.has(letters.toLowerCase())) return [COMMON_BITS, letters.length];
  if (letters) {
    const length = [...letters].length;
    const bits = Math.min(LETTER_BITS * length, WORD_BITS * Math.ceil(length / WORD));
    return [bits, letters.length];
  }
  const [character = ""] = characters;
  return [/\d/.test(character) ? DIGIT_BITS : SIGN_BITS, character.length];
}

/**
 * The bits of a passphrase at most.
 *
 * @param {string} passphrase
 * @returns {number}
 */
export function bitsOf(passphrase) {
  const seen = new Set();
  let bits = 0;
  for (let rest = passphrase; rest !== ""; ) {
    const [worth, length] = first(rest);
    const part = rest.slice(0, length).toLowerCase();
    const space = part.trim() === "";
    if (!space) bits += seen.has(part) ? 1 : worth;
    seen.add(part);
    rest = rest.slice(length);
  }
  return Math.floor(bits);
}

/**
 * @param {number} bits
 * @returns {"weak" | "fair" | "good"}
 */
export function levelOf(bits) {
  if (bits < WEAK) return "weak";
  return bits < FAIR ? "fair" : "good";
}
