/**
 * The admin's pages in a browser, which has no script from us there: signing in and out, every page in both languages
 * by day and by night, on a small window too, and what can be done by their forms.
 */
import assert from "node:assert/strict";
import { suite } from "./support/suite.mjs";
import { Visitor } from "./support/visitor.mjs";

/**
 * A window at the admin listener, signed in.
 * @param {import("./support/suite.mjs").Tools} tools
 * @param {import("./support/visitor.mjs").Settings} settings
 * @returns {Promise<Visitor>}
 */
async function enter({ browser, server }, settings) {
  const place = /** @type {import("./support/server.mjs").Server} */ (
    /** @type {unknown} */ ({ url: await server.admin(), hasOwnClock: false }));
  const visitor = await Visitor.arrive(browser, place, settings);
  await visitor.go("/");
  await visitor.expectSound();
  await visitor.page.fill("#token", await server.token());
  await visitor.page.click("main button[type=submit]");
  await visitor.page.waitForSelector("nav.site-nav");
  return visitor;
}

/** @param {Visitor} visitor */
async function leave(visitor) {
  visitor.guard.expectClean();
  await visitor.leave();
}

suite("the admin's pages", { args: ["--reminders", "on"] }, ({ it }) => {
  for (const settings of /** @type {import("./support/visitor.mjs").Settings[]} */ ([
    { lang: "en", theme: "light", width: 1280 },
    { lang: "zh-CN", theme: "dark", width: 320 },
  ]))
    it(`are sound, every one (${settings.lang}, ${settings.theme}, ${settings.width})`, settings, async (_, tools) => {
      await tools.server.put({ email: "ada@example.org" });
      const visitor = await enter(tools, settings);
      const paths = await visitor.page.locator("nav.site-nav a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
      assert.ok(paths.length >= 6);
      for (const path of [...paths, "/capsules?number=1"]) {
        assert.equal((await visitor.go(path ?? "")).status(), 200, path ?? "");
        assert.equal(await visitor.page.locator("html").getAttribute("lang"), settings.lang);
        await visitor.expectSound();
        await visitor.shot(`admin${(path ?? "").replace(/\W/g, "_")}`);
      }
      await leave(visitor);
    });

  for (const lang of /** @type {const} */ (["en", "zh-CN"]))
    it(`have their navigation in one row on a window of 1280 (${lang})`, { lang, width: 1280 }, async (_, tools) => {
      const visitor = await enter(tools, { lang, width: 1280 });
      const rows = await visitor.page.locator("nav.site-nav a").evaluateAll(
        (all) => new Set(all.map((a) => a.getBoundingClientRect().top)).size);
      assert.equal(rows, 1);
      await leave(visitor);
    });

  it("disable a capsule, show who did it, and end with signing out", async (_, tools) => {
    const key = await tools.server.put();
    const number = await tools.server.sql("SELECT max(id) FROM capsule");
    const visitor = await enter(tools, {});
    await visitor.go("/capsules");
    await visitor.page.fill("#key", key);
    await visitor.page.click("form[action='/capsules/find'] button");
    await visitor.page.fill("#why", "spam");
    await visitor.page.click("form[action='/capsules/disable'] button");
    assert.match(await visitor.page.textContent("main") ?? "", new RegExp(`Capsule ${number} is disabled`));
    await visitor.expectSound();
    await visitor.go("/audit");
    assert.match(await visitor.page.textContent("tbody") ?? "", new RegExp(`Ada[^]*disabled a capsule[^]*${number}: spam`));
    await visitor.page.click(".sign-out button");
    await visitor.page.waitForSelector("#token");
    await visitor.go("/audit");
    assert.ok(visitor.page.url().endsWith("/sign-in"));
    await leave(visitor);
  });
});
