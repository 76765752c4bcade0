/** Keys as they are pasted and followed; spec/capsule/key_spec.lua reads the same table of cases. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite } from "./support/suite.mjs";

/** @type {{ cases: { typed: string, key?: string }[], nothing: string[], dashes: string[] }} */
const { cases, nothing, dashes } = JSON.parse(readFileSync(new URL("../fixtures/keys.json", import.meta.url), "utf8"));

const NOW = "2030-01-01T00:00:00Z";
const KEY = "abcdEFGH1234mnop";

/**
 * What the page's module finds in texts.
 * @param {import("./support/visitor.mjs").Visitor} visitor @param {string[]} texts
 */
async function parsed(visitor, texts) {
  await visitor.go("/open");
  return visitor.page.evaluate(async (all) => {
    const { parseKey } = await import(/** @type {any} */ ("/static/js/key.js"));
    return all.map((typed) => /** @type {string} */ (parseKey(typed)));
  }, texts);
}

suite("a key", { clock: NOW }, ({ it }) => {
  it("is found in what people type and paste, as the server finds it", async (visitor) => {
    const found = await parsed(visitor, cases.map(({ typed }) => typed));
    cases.forEach(({ typed, key = "" }, i) => assert.equal(found[i], key, JSON.stringify(typed.slice(0, 80))));
  });

  it("is found between blanks, invisible characters and dashes of every kind, and of no other", async (visitor) => {
    const ranges = [...nothing, ...dashes].map((range) => range.split("-").map((digits) => parseInt(digits, 16)));
    await visitor.go("/open");
    const wrong = await visitor.page.evaluate(async (all) => {
      const { parseKey } = await import(/** @type {any} */ ("/static/js/key.js"));
      const dropped = new Set();
      const codes = new Set(Array.from({ length: 0x10000 }, (_, code) => code));
      for (const [first = 0, last = first] of all) {
        for (let code = first; code <= last; code++) dropped.add(code);
        for (const code of [first - 1, first, last, last + 1]) codes.add(code);
      }
      return [...codes].filter((code) => {
        const found = parseKey(`abcdef${String.fromCodePoint(code)}ghijkl`);
        return (found === "abcdefghijkl") !== dropped.has(code);
      }).map((code) => code.toString(16));
    }, ranges);
    assert.deepEqual(wrong, []);
  });

  it("leaves the address with all that was put behind it", async (visitor) => {
    const { page } = visitor;
    const key = await visitor.server.put({});
    await visitor.go(`/open#${key}&fbclid=x`);
    assert.equal(await page.inputValue("#key"), key);
    for (const behind of ["?utm_source=mail", ".", ")", "/", "%E3%80%82"]) {
      await page.fill("#key", "");
      await page.evaluate((hash) => (location.hash = hash), key + behind);
      await page.waitForFunction(() => !location.hash);
      assert.equal(await page.inputValue("#key"), key, behind);
    }
    assert.equal(page.url(), `${visitor.server.url}/open`);
    await page.fill("#key", `“${visitor.server.url}/open#${key}?utm_source=mail”`);
    assert.equal(await page.inputValue("#key"), key);
    for (const { url } of visitor.sent) assert.ok(!url.includes(key), url);
  });

  it("is found where a program has escaped the sign before it", async (visitor) => {
    await visitor.go(`/open%23${KEY}.`);
    assert.equal(await visitor.page.inputValue("#key"), KEY);
    assert.equal(visitor.page.url(), `${visitor.server.url}/open`);
  });
});
