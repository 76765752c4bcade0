/**
 * What has to hold for every page in every state: no barrier that axe-core finds, valid HTML, nothing
 * that sticks out sideways, and everything that can be used can be used from the keyboard.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { HtmlValidate } from "html-validate";

/** @typedef {import("playwright-core").Page} Page */

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const validator = new HtmlValidate({
  root: true,
  extends: ["html-validate:recommended", "html-validate:document"],
  rules: {
    "require-sri": "off", // for what comes from elsewhere, and nothing does
    // Opinions on style, where the HTML standard allows both.
    "attribute-boolean-style": "off",
    "attribute-empty-style": "off",
    "doctype-style": "off",
    "long-title": "off",
    "no-trailing-whitespace": "off",
    "void-style": "off",
  },
});

/**
 * Fails on whatever is wrong with the HTML as the server has sent it.
 * @param {string} html
 * @param {string} where
 */
export async function expectValid(html, where) {
  // The standard lets an option and a group of them end with the next one; the checker does not.
  const closed = html.replace(/(<option>[^<]*)(?=<(?:option>|optgroup |\/select>))/g, "$1</option>")
    .replace(/(<optgroup [^>]*>(?:<option>[^<]*<\/option>)*)/g, "$1</optgroup>");
  const report = await validator.validateString(closed, where);
  const lines = html.split("\n");
  const told = report.results.flatMap((result) =>
    result.messages.map((m) => `${m.line}:${m.column} ${m.message} (${m.ruleId}): ${lines[m.line - 1]?.trim()}`));
  if (told.length) throw new Error(`the HTML of ${where} is not valid:\n  ${told.join("\n  ")}`);
}

/**
 * Fails on every violation that axe-core finds, with all its rules.
 * @param {Page} page
 */
export async function expectAccessible(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const told = await page.evaluate(async () => {
    const { axe } = /** @type {{ axe: import("axe-core") }} */ (/** @type {unknown} */ (window));
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.map((v) =>
      `${v.id}: ${v.help}\n    ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join("\n    ")}`);
  });
  if (told.length) throw new Error(`axe-core finds:\n  ${told.join("\n  ")}`);
}

/**
 * Fails when the page can be scrolled sideways, and names what sticks out.
 * @param {Page} page
 */
export async function expectFits(page) {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const { scrollWidth } = document.documentElement;
    if (scrollWidth <= width) return [];
    const out = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > width);
    return [`${scrollWidth} px in a window of ${width} px`, ...out.map((e) => e.outerHTML.slice(0, 120))];
  });
  if (wide.length) throw new Error(`the page is too wide: ${wide.join("\n  ")}`);
}

/**
 * The same on a phone of 360 px whose owner has set letters of twice the size.
 * @param {Page} page
 */
export async function expectFitsLarge(page) {
  /** @param {string} size */
  const setSize = (size) => page.evaluate((wanted) => void (document.documentElement.style.fontSize = wanted), size);
  await page.setViewportSize({ width: 360, height: 640 });
  await setSize("200%");
  await expectFits(page);
  await setSize("");
}

/**
 * Fails on a date in digits that is torn in two lines, and in Chinese on a heading whose word is, and on a blank
 * behind a sentence, where none belongs.  What people have written is theirs.
 * @param {Page} page
 */
export async function expectWhole(page) {
  const torn = await page.evaluate(() => {
    const isChinese = document.documentElement.lang.startsWith("zh");
    const words = new Intl.Segmenter("zh", { granularity: "word" });
    const range = document.createRange();
    /** @param {Text} text @param {number} from @param {string} part */
    const lines = (text, from, part) => {
      range.setStart(text, from);
      range.setEnd(text, from + part.length);
      return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    };
    const out = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walk.nextNode(); text instanceof Text; text = walk.nextNode()) {
      const around = text.parentElement;
      if (!around?.checkVisibility() || around.closest(".words, blockquote, textarea, select, [dir=auto], [translate=no]")) continue;
      for (const { 0: date, index } of text.data.matchAll(/\d{4}-\d\d-\d\d/g)) if (lines(text, index, date) > 1) out.push(date);
      if (!isChinese) continue;
      if (around.closest("h1, h2, legend")) {
        for (const { segment, index } of words.segment(text.data))
          if (/\p{Script=Han}/u.test(segment) && lines(text, index, segment) > 1) out.push(`${segment} in: ${text.data}`);
      }
      if (/[。！？]\s+\S/.test(text.data)) out.push(`a blank in: ${text.data}`);
      const next = text.nextSibling ?? around.nextSibling;
      if (/[。！？]$/.test(text.data) && next instanceof Text && /^ \S/.test(next.data)) out.push(`a blank before: ${next.data}`);
    }
    return out;
  });
  if (torn.length) throw new Error(`${page.viewportSize()?.width} px tear, or hold apart:\n  ${torn.join("\n  ")}`);
}

/**
 * Fails when something moves although the visitor does not want it to.
 * @param {Page} page
 */
export async function expectStill(page) {
  const moving = await page.evaluate(() => {
    const long = (/** @type {string} */ times) => times.split(",").some((time) => parseFloat(time) > 0.01);
    const restless = [...document.querySelectorAll("*")].filter((e) => {
      const style = getComputedStyle(e);
      return long(style.transitionDuration) || (style.animationName !== "none" && long(style.animationDuration))
        || style.scrollBehavior === "smooth";
    });
    return restless.map((e) => e.outerHTML.slice(0, 120));
  });
  if (moving.length) throw new Error(`this moves in spite of "reduce": ${moving.join("\n  ")}`);
}

/**
 * @typedef {object} Stop
 * @property {string} path Where it stands in the document.
 * @property {string} text What it says: label, text or value.
 * @property {boolean} marked Whether one can see that it has the focus.
 * @property {boolean} shown Whether it lies in the window.
 */

/**
 * What the page can tell of its focus, and, where that is asked for, of all that can have it.
 * @param {boolean} ofAll
 * @returns {{ all: string[], now: Stop | null }}
 */
function focusState(ofAll) {
  const elements = [...document.querySelectorAll("*")];
  /** @param {Element} e @returns {string} */
  const path = (e) => `${elements.indexOf(e)}:${e.localName}${e.id ? `#${e.id}` : ""}`;
  /** Tab stops once at a group of radio buttons. @param {Element} e */
  const isStop = (e) => {
    if (!(e instanceof HTMLInputElement) || e.type !== "radio") return true;
    /** @type {HTMLInputElement[]} */
    const group = [...document.querySelectorAll(`input[type=radio][name="${e.name}"]`)].filter((one) => one instanceof HTMLInputElement);
    return (group.find((one) => one.checked) ?? group[0]) === e;
  };
  const usable = elements.filter(
    (e) => ofAll && e.matches("a[href], button, input, select, textarea, summary, [tabindex]") &&
      e instanceof HTMLElement && e.tabIndex >= 0 && !(/** @type {HTMLButtonElement} */ (e).disabled) && e.checkVisibility({ visibilityProperty: true }) && isStop(e),
  );
  const e = document.activeElement;
  let now = null;
  if (e instanceof HTMLElement && e !== document.body) {
    const style = getComputedStyle(e);
    const box = e.getBoundingClientRect();
    const label = "labels" in e ? /** @type {HTMLInputElement} */ (e).labels?.[0] : null;
    now = {
      path: path(e),
      text: (label?.textContent || e.textContent || e.getAttribute("aria-label") || "").trim(),
      marked: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none",
      shown: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
  }
  return { all: usable.map(path), now };
}

/**
 * Presses Tab from the top of the page until everything that can be used has been reached once, in the
 * order of the document, each visibly marked and in the window.
 * @param {Page} page
 * @returns {Promise<Stop[]>} where the focus has been
 */
export async function expectKeyboard(page) {
  await page.evaluate(() => {
    // A field may have taken the focus already, and Tab goes on from where that was.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
    scrollTo(0, 0);
  });
  const { all } = await page.evaluate(focusState, true);
  /** @type {Stop[]} */
  const stops = [];
  // A date and time control has many stops of its own.
  for (let left = all.length + 20; left > 0; left--) {
    await page.keyboard.press("Tab");
    const { now } = await page.evaluate(focusState, false);
    if (!now || (stops.length > 1 && now.path === stops[0]?.path)) break; // round, by way of the browser or not
    if (stops.at(-1)?.path !== now.path) stops.push(now);
    if (!now.marked) throw new Error(`one cannot see that the focus is on ${now.path} (${now.text})`);
    if (!now.shown) throw new Error(`the focus is outside the window on ${now.path} (${now.text})`);
  }
  const reached = stops.map((stop) => stop.path);
  if (all.join() !== reached.join())
    throw new Error(`the keyboard reaches\n  ${reached.join("\n  ")}\ninstead of\n  ${all.join("\n  ")}`);
  return stops;
}
