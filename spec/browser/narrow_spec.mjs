/** Where lines break, in windows from narrow to wide. */
import assert from "node:assert/strict";
import { NOW } from "./support/states.mjs";
import { suite } from "./support/suite.mjs";

const OPENS = "2048-02-03T12:00:00Z";
const LATER = "2048-02-04T12:00:00Z";

/**
 * The widths of an element, from its own down, at which what a pattern finds in its text is torn in two lines.
 * @param {import("./support/visitor.mjs").Visitor} visitor @param {string} css @param {RegExp} pattern
 * @returns {Promise<number[]>}
 */
async function tornAt({ page }, css, pattern) {
  return page.locator(css).first().evaluate((element, source) => {
    if (!(element instanceof HTMLElement)) throw new Error("no element of HTML");
    const text = [...element.childNodes].find((one) => one instanceof Text && new RegExp(source).test(one.data));
    if (!(text instanceof Text)) throw new Error(`no ${source} in: ${element.textContent}`);
    const found = new RegExp(source).exec(text.data);
    const range = document.createRange();
    range.setStart(text, found?.index ?? 0);
    range.setEnd(text, (found?.index ?? 0) + (found?.[0].length ?? 0));
    const torn = [];
    for (let width = element.clientWidth; width > 180; width--) {
      element.style.width = `${width}px`;
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) torn.push(width);
    }
    return torn;
  }, pattern.source);
}

/** @type {Record<string, { sealed: RegExp, until: RegExp, day: RegExp }>} what belongs together */
const TOGETHER = {
  en: { sealed: /·\ssealed\sfor/, until: /until\s…/, day: /20\d\d/ },
  "zh-CN": { sealed: /·\s封存了/, until: /到……/, day: /20\d\d年\d+月\d+日/ },
  "zh-Hant": { sealed: /·\s封存了/, until: /到……/, day: /20\d\d年\d+月\d+日/ },
};

/** A capsule that others fill: its key and its code. @param {import("./support/server.mjs").Server} server */
async function gathering(server) {
  const answer = await fetch(`${server.url}/api/v1/capsules`, {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: "Class 9b", content: "Hello", opens_at: OPENS, gather: {} }),
  });
  return /** @type {Promise<{ key: string, code: string }>} */ (answer.json());
}

suite("a line", { clock: NOW }, ({ it }) => {
  for (const [lang, { sealed, until }] of Object.entries(TOGETHER)) {
    const settings = { lang: /** @type {"en"} */ (lang), width: 480 };
    it(`keeps "sealed for" with its dot and "until" with its dots, ${lang}`, settings, async (visitor) => {
      await visitor.setClock(NOW);
      const key = await visitor.server.put({ opens_at: OPENS });
      await visitor.go("/put");
      await visitor.page.locator(".fold", { has: visitor.page.locator("#gather") }).locator("summary").click();
      assert.deepEqual(await tornAt(visitor, "label[for=gather]", until), []);
      await visitor.setClock(LATER);
      await visitor.open(key);
      assert.deepEqual(await tornAt(visitor, ".page-head > p:last-of-type", sealed), []);
    });
  }

  for (const [lang, { day }] of Object.entries(TOGETHER)) {
    it(`keeps a day in one piece where a sentence has it, ${lang}`, { lang: /** @type {"en"} */ (lang), width: 480 }, async (visitor) => {
      const { page } = visitor;
      await visitor.setClock(NOW);
      const { key, code } = await gathering(visitor.server);
      const whole = async () => {
        const lines = await page.locator(".dated").count();
        for (let i = 0; i < lines; i++) assert.deepEqual(await tornAt(visitor, `:nth-match(.dated, ${i + 1})`, day), []);
        return lines;
      };
      await visitor.post("/add/letter", { code });
      assert.equal(await whole(), 2);
      await visitor.post("/add/letter", { code, name: "Ada", content: "words" });
      assert.equal(await whole(), 2);
      await visitor.open(key);
      assert.equal(await whole(), 1);
      await visitor.put();
      assert.equal(await whole(), 1);
    });
  }

  it("keeps a code in one piece where a sentence ends with it", { lang: "zh-CN" }, async (visitor) => {
    await visitor.setClock(NOW);
    await visitor.post("/put", { name: "Ada", content: "words", time: "2048-02-03 12:00", tz: "UTC", gather: "on" });
    for (const width of [320, 360, 480, 1280]) {
      await visitor.page.setViewportSize({ width, height: 800 });
      assert.equal(await visitor.page.locator(".help .link").evaluate((code) => code.getClientRects().length), 1, `${width}`);
    }
  });

  it("has the button of a code as wide as its field", async (visitor) => {
    await visitor.go("/confirm");
    for (const width of [320, 1280]) {
      await visitor.page.setViewportSize({ width, height: 800 });
      const widths = await visitor.page.locator("#t, main form button").evaluateAll((all) => all.map((e) => e.getBoundingClientRect().width));
      assert.equal(widths.length, 2);
      assert.equal(widths[0], widths[1], `${width}`);
    }
  });
});
