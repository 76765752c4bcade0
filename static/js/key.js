/**
 * The key in what somebody typed, pasted or followed, judged as the server does
 * (scripts/capsule/key.lua): blanks, invisible characters and dashes count nowhere, full-width
 * characters as their ASCII ones, and marks around the key do not.  In a link the key stands
 * behind a # sign; what a mail program or a tracker has put behind the key is not part of it.
 */

const LONGEST_TYPED = 2048; // bytes
const KEY = /^[0-9A-Za-z]{12,32}$/;
const BLANKS = /[\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]/gu;
const DASHES =
  /[-\u02d7\u058a\u05be\u1400\u1806\u2010-\u2015\u2043\u2053\u207b\u208b\u2212\u2500\u2501\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\u30fc\ufe31\ufe32\ufe58\ufe63\uff0d\uff70\u{10ead}]/gu;
const FULL_WIDTH = /[\uff01-\uff5e]/g;
const MARKS = /[\u00a1-\u00bf\u2010-\u205e\u2768-\u2775\u3001-\u301f\ufe10-\ufe6b\uff5f-\uff65]/g;
const BEHIND_SIGN = /#[^0-9A-Za-z]*([0-9A-Za-z]+)/g;
const AMONG_MARKS = /^[!-/:-@[-`{-~]*([0-9A-Za-z]+)(?:[!-/:-@[-`{-~]*$|[&?/])/;

/** Without percent escapes, if they are any: a % sign of its own stays. @param {string} text */
function unescaped(text) {
  try {
    return decodeURIComponent(text.replace(/%(?![0-9A-Fa-f]{2})/g, "%25"));
  } catch {
    return text;
  }
}

/** @param {string} typed @returns {string} the key, or "" where there is none */
export function parseKey(typed) {
  if (new TextEncoder().encode(typed).length > LONGEST_TYPED) return "";
  const text = unescaped(typed)
    .replace(BLANKS, "")
    .replace(DASHES, "")
    .replace(FULL_WIDTH, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(MARKS, ".");
  const found = [...text.matchAll(BEHIND_SIGN), AMONG_MARKS.exec(text)];
  return found.map((match) => match?.[1] ?? "").find((key) => KEY.test(key)) ?? "";
}
