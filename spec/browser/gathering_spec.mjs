/** A capsule that many write into, from its beginning to its opening: with and without script. */
import assert from "node:assert/strict";
import { suite } from "./support/suite.mjs";

/** @typedef {import("./support/visitor.mjs").Visitor} Visitor */

const NOW = "2030-01-01T00:00:00Z";
const OPENS = "2030-06-01T12:00:00Z";

/** The whole way; what the last page shows of the letters. @param {Visitor} visitor */
async function journey(visitor) {
  const { page } = visitor;
  await visitor.setClock(NOW);
  await visitor.go("/put");
  await page.locator("details.fold", { has: page.locator("#gather") }).locator("summary").click();
  await visitor.fill({ name: "Class 9b", time: "2030-06-01 12:00", gather: true });
  assert.equal((await visitor.submit()).status(), 200, "it needs no message of its own");
  const key = await visitor.key();
  const link = await page.locator("#gather-link").textContent() ?? "";
  assert.match(link, /\/add#[0-9A-Za-z]{16}$/);

  await page.goto(link);
  const code = link.split("#")[1] ?? "";
  if (visitor.settings.js === true) {
    assert.equal(await page.inputValue("#key"), code);
    assert.ok(!page.url().includes("#"));
  } else {
    await page.fill("#key", code);
  }
  await visitor.press("main form button");
  await visitor.fill({ name: "Bea", content: "first\nletter" });
  assert.equal((await visitor.submit()).status(), 200);
  await visitor.press("form[action='/add/undo'] button");
  assert.match(await page.locator("main").innerText(), /Taken back.*/);
  await visitor.fill({ name: "Bea", content: "first\nletter" });
  await visitor.submit();
  await visitor.press("form[action='/add/letter'] button");
  await visitor.fill({ name: "小明", content: "十年后见！" });
  await visitor.submit();

  assert.equal((await visitor.open(key)).status(), 403);
  assert.match(await page.locator("main").innerText(), /Letters so far: 2/);
  await visitor.setClock(OPENS);
  assert.equal((await visitor.open(key)).status(), 200);
  return page.locator("#letters article").allInnerTexts();
}

const LETTERS = ["Bea\n1 January 2030\nfirst\nletter", "小明\n1 January 2030\n十年后见！"];

/** As somebody reads them, blank lines aside. @param {string[]} texts */
const plain = (texts) => texts.map((text) => text.trim().replace(/\n+/g, "\n"));

suite("a capsule that many write into", { clock: NOW }, ({ it }) => {
  it("goes its way with script", async (visitor) => {
    assert.deepEqual(plain(await journey(visitor)), LETTERS);
    await visitor.expectSound();
  });

  it("goes its way without script", { js: false }, async (visitor) => {
    assert.deepEqual(plain(await journey(visitor)), LETTERS);
  });

  it("comes back with a draft, unfolded where it was asked for and only there", async (visitor) => {
    const { page } = visitor;
    await visitor.setClock(NOW);
    const fold = page.locator("details.fold", { has: page.locator("#gather") });
    for (const asked of [false, true]) {
      await visitor.go("/put");
      await visitor.fill({ name: "Ada" });
      if (asked) {
        await fold.locator("summary").click();
        await page.check("#gather");
      }
      await visitor.go("/introduce");
      await visitor.go("/put");
      await page.locator("#draft-note").waitFor();
      assert.equal(await fold.getAttribute("open") !== null, asked);
      assert.equal(await page.isChecked("#gather"), asked);
    }
  });

  it("brings all parts onto one page, and into one file", async (visitor) => {
    const { page, server } = visitor;
    await visitor.setClock(NOW);
    /** @param {string} path @param {object} body */
    const ask = async (path, body) => (await fetch(server.url + path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    })).json();
    const { key, code } = await ask("/api/v1/capsules", { name: "Class", content: "Hello", opens_at: OPENS, gather: {} });
    for (let i = 1; i <= 55; i++) await ask("/api/v1/letters", { code, name: `N${i}`, content: `letter ${i}.` });
    await ask("/api/v1/letters", { code, name: "N56", content: "changed where it is stored" });
    await server.sql("UPDATE gathering_letter SET created_at = created_at + 1 WHERE id = (SELECT max(id) FROM gathering_letter)");
    await visitor.setClock(OPENS);
    await visitor.open(key);
    await page.locator("#letters article").nth(54).waitFor();
    await page.locator("#more-letters").waitFor({ state: "detached" });
    assert.match(await page.locator("#letters > .callout").innerText(), /cannot be read here: 1\./);
    const { text: file } = await visitor.download("[data-save]");
    assert.match(file, /^Hello\n/);
    for (const i of [1, 50, 51, 55]) assert.ok(file.includes(`N${i}\n1 January 2030\nletter ${i}.`), `${i}:\n${file}`);
    await visitor.expectSound();
  });
});
