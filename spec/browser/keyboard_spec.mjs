/** Somebody who has no mouse: from the first page to an opened capsule. */
import assert from "node:assert/strict";
import { WITH_MAIL } from "./support/server.mjs";
import { suite } from "./support/suite.mjs";

/** @typedef {import("./support/visitor.mjs").Visitor} Visitor */

/** Presses Tab until the focus is there. @param {Visitor} visitor @param {string} selector */
async function tabTo({ page }, selector) {
  for (let left = 60; left > 0; left--) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
  }
  throw new Error(`Tab does not reach ${selector}`);
}

/** Presses Enter on what has the focus and waits for the next page. @param {Visitor} visitor */
async function enter({ page }) {
  const answered = page.waitForResponse((response) => response.request().isNavigationRequest());
  await page.keyboard.press("Enter");
  await (await answered).finished();
  await page.waitForLoadState();
}

suite("by keyboard alone", { clock: "2030-01-01T00:00:00Z", args: WITH_MAIL }, ({ it }) => {
  it("the first stop leads past the menu", async (visitor) => {
    await visitor.go("/put");
    await visitor.page.keyboard.press("Tab");
    assert.ok(await visitor.page.evaluate(() => document.activeElement?.matches("a.skip")));
    await visitor.page.keyboard.press("Enter");
    await visitor.page.keyboard.press("Tab");
    assert.equal(await visitor.page.evaluate(() => document.activeElement?.id), "name");
  });

  for (const js of [true, false]) {
    it(`a capsule is put and opened, script ${js ? "on" : "off"}`, { js }, async (visitor) => {
      const { page } = visitor;
      const { keyboard } = page;
      await visitor.go("/");
      await tabTo(visitor, "main a[href='/put']");
      await enter(visitor);
      await tabTo(visitor, "#name");
      await keyboard.type("Ada");
      await tabTo(visitor, "#content");
      await keyboard.type("first line");
      await keyboard.press("Enter");
      await keyboard.type("second line");
      await tabTo(visitor, "#time");
      await keyboard.type("06012030"); // month, day and year, as this locale writes them
      await tabTo(visitor, "details:has(#email) > summary");
      await keyboard.press("Enter");
      await tabTo(visitor, "#mail_key");
      await keyboard.press("Space");
      assert.equal(await page.isChecked("#mail_key"), false);
      await tabTo(visitor, "main form button[type=submit]");
      await enter(visitor);
      const key = await visitor.key();
      assert.equal(key.length, 16);

      if (js) {
        await tabTo(visitor, "[data-copy=capsule-key]");
        await keyboard.press("Enter");
        await page.locator("#capsule-key ~ .actions [role=status]:not(:empty)").first().waitFor();
      }
      await tabTo(visitor, "main .next a[href='/open']");
      await enter(visitor);
      await tabTo(visitor, "#key");
      await keyboard.type(key);
      await visitor.setClock("2031-01-01T00:00:00Z");
      await enter(visitor);
      assert.equal(await page.locator("#capsule-content").innerText(), "first line\nsecond line");
      await visitor.setClock("2030-01-01T00:00:00Z");
    });
  }
});
