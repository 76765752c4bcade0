/**
 * The letters of a capsule that many have written into come in parts.  Here the parts behind the
 * first are fetched and added, so that all of them are on one page, on paper and in one file.
 * Where that fails the button for the next part stays.
 *
 * @typedef {{ name: string, content: string, created_at: string }} Letter
 * @typedef {{ letters: Letter[], damaged?: number, after?: string }} Part
 */

/** @param {string} tag @param {string} text @param {string} className */
function make(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

/** As templates/partials/letters.html writes it. @param {Letter} letter @param {DOMStringMap} words */
function articleOf({ name, content, created_at: written }, { locale, zone, unnamed }) {
  const article = make("article", "", "card letter");
  const date = document.createElement("time");
  date.dateTime = written;
  date.textContent = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: zone }).format(new Date(written));
  const line = make("p", "", "help");
  line.append(date);
  const [head, body] = [make("h3", name || (unnamed ?? "")), make("div", content, "words")];
  head.dir = "auto";
  body.dir = "auto";
  article.append(head, "\n", line, "\n", body, "\n\n");
  return article;
}

/** @param {string} url @param {string} key @param {string} after @returns {Promise<Part>} */
async function fetchPart(url, key, after) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ key, after }),
  });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

/** Those of one part that do not open are told of before its letters. @param {string} words @param {number} count */
function damagedOf(words, count) {
  const line = make("p", words.replace("{n}", String(count)), "callout");
  line.setAttribute("role", "status");
  return [line, "\n\n"];
}

/** @param {HTMLFormElement} form @param {HTMLElement} list */
async function fetchAll(form, list) {
  const next = form.elements.namedItem("after");
  const key = form.elements.namedItem("key");
  if (!(next instanceof HTMLInputElement && key instanceof HTMLInputElement)) return;
  while (next.value) {
    const part = await fetchPart(form.dataset.source ?? "", key.value, next.value);
    if (part.damaged) list.append(...damagedOf(form.dataset.damaged ?? "", part.damaged));
    list.append(...part.letters.map((letter) => articleOf(letter, form.dataset)));
    next.value = part.after ?? "";
    list.dispatchEvent(new Event("shown")); // to js/buttons.js
  }
  form.remove();
}

const form = document.getElementById("more-letters");
const list = document.getElementById("letters");
if (form instanceof HTMLFormElement && list) fetchAll(form, list).catch(() => undefined);
