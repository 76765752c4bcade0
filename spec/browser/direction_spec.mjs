/**
 * Languages that are written from right to left: the pages mirrored, shown with English words in a language that
 * is one of those; and each paragraph of what people write in the direction of its own first letter.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { NOW } from "./support/states.mjs";
import { suite } from "./support/suite.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OPENS = "2030-06-01T12:00:00Z";
const LATER = "2030-06-02T12:00:00Z";
const MIXED = "English first.\nשורה בעברית.\nEnglish again.";
const WIDTHS = [320, 1280];

/** The English sentences, said to be Arabic. */
const site = mkdtempSync("/tmp/timecapsule-spec.");
mkdirSync(`${site}/scripts/locales`, { recursive: true });
const english = readFileSync(`${ROOT}scripts/locales/en.lua`, "utf8");
writeFileSync(`${site}/scripts/locales/ar.lua`, english.replace('["site.direction"] = "ltr"', '["site.direction"] = "rtl"'));
after(() => rmSync(site, { recursive: true }));

/**
 * On which side each line of an element's text stands, by the middle of what it covers.
 * @param {import("playwright-core").Page} page @param {string} css
 */
function sides(page, css) {
  return page.locator(css).evaluate((element) => {
    const text = element.firstChild;
    if (!(text instanceof Text)) throw new Error("the element has no text of its own");
    const box = element.getBoundingClientRect();
    let at = 0;
    return text.data.split("\n").map((line) => {
      const range = document.createRange();
      range.setStart(text, at);
      range.setEnd(text, at + line.length);
      at += line.length + 1;
      const { left, right } = range.getBoundingClientRect();
      return left + right < box.left + box.right ? "left" : "right";
    });
  });
}

suite("what people write", { clock: NOW }, ({ it }) => {
  it("has the direction of each paragraph, in the note, the message and on paper", async (visitor) => {
    const { page } = visitor;
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS, content: MIXED, tips: MIXED });
    await visitor.open(key);
    assert.deepEqual(await sides(page, "blockquote"), ["left", "right", "left"]);
    await visitor.setClock(LATER);
    await visitor.open(key);
    assert.deepEqual(await sides(page, "#capsule-content"), ["left", "right", "left"]);
    await page.emulateMedia({ media: "print" });
    assert.deepEqual(await sides(page, "#capsule-content"), ["left", "right", "left"]);
    await visitor.go("/put");
    for (const field of ["#content", "#tips"])
      assert.equal(await page.locator(field).evaluate((e) => getComputedStyle(e).unicodeBidi), "plaintext", field);
  });
});

suite("a language from right to left", { clock: NOW, args: ["--site", site] }, ({ it }) => {
  it("mirrors every page, and nothing sticks out", { lang: /** @type {any} */ ("ar") }, async (visitor) => {
    const { page } = visitor;
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS, content: MIXED });
    /** @type {Record<string, () => Promise<unknown>>} */
    const ways = {
      home: () => visitor.go("/"),
      put: () => visitor.go("/put"),
      faults: () => visitor.post("/put", { time: "2029-01-01 00:00" }),
      put_done: () => visitor.put({ time: "2030-06-01 12:00" }),
      not_yet: () => visitor.open(key),
      wrong: () => visitor.open("0000-1111-2222-3333"),
      opened: async () => {
        await visitor.setClock(LATER);
        await visitor.open(key);
      },
    };
    page.on("dialog", (dialog) => dialog.accept());
    for (const [name, way] of Object.entries(ways)) {
      await way();
      assert.equal(await page.locator("html").getAttribute("dir"), "rtl", name);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        await visitor.expectFits();
        const brand = await page.locator(".brand").boundingBox();
        assert.ok(brand && brand.x + brand.width > width / 2, `${name}: the name stands on the right`);
      }
      await visitor.expectAccessible();
      await visitor.shot(`rtl_${name}`, { width: 1280 });
    }
  });

  it("keeps keys and links as they are", { lang: /** @type {any} */ ("ar") }, async (visitor) => {
    const { page } = visitor;
    await visitor.setClock(NOW);
    await visitor.put({ time: "2030-06-01 12:00" });
    for (const css of ["#capsule-key", "#capsule-link", "#try-key"])
      assert.equal(await page.locator(css).evaluate((e) => getComputedStyle(e).direction), "ltr", css);
    const spans = await page.locator("#capsule-key > span").evaluateAll((all) => all.map((e) => e.getBoundingClientRect().left));
    assert.deepEqual(spans, [...spans].sort((a, b) => a - b), "the groups of the key run from left to right");
  });

  it("has styles that know start and end, no left and right", async () => {
    const folder = `${ROOT}static/css/`;
    const sided = /(^|[\s;{])((margin|padding|border)-(left|right)|(left|right)\s*:|float:\s*(left|right)|text-align:\s*(left|right))/;
    for (const name of readdirSync(folder)) {
      readFileSync(folder + name, "utf8").split("\n").forEach((line, i) => assert.doesNotMatch(line, sided, `${name}:${i + 1}`));
    }
  });
});
