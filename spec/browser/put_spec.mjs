/** The form that puts a capsule: what script adds, and what holds without. */
import assert from "node:assert/strict";
import { suite } from "./support/suite.mjs";

/** @typedef {import("./support/visitor.mjs").Visitor} Visitor */

const NOW = "2030-01-31T09:30:00Z";
const DRAFT = "tc-draft";

/** @param {Visitor} visitor */
const draft = (visitor) => visitor.page.evaluate((name) => sessionStorage.getItem(name), DRAFT);

/** What was posted. @param {Visitor} visitor */
const posts = (visitor) => visitor.sent.filter(({ method }) => method === "POST");

/** @param {Visitor} visitor */
const focused = (visitor) => visitor.page.evaluate(() => document.activeElement?.id);

/** What the summary and the fields say, and which field has the focus. @param {Visitor} visitor */
async function faults(visitor) {
  const { page } = visitor;
  return {
    summary: await page.locator("#error-summary:visible li").allTextContents(),
    beside: await page.locator("main .error").allTextContents(),
    invalid: await page.locator("[aria-invalid=true]").evaluateAll((all) => all.map((e) => e.id)),
    focus: await focused(visitor),
  };
}

suite("the form", { clock: NOW }, ({ it }) => {
  for (const lang of /** @type {const} */ (["en", "zh-CN"])) {
    it(`weighs at most 60 KB in at most 6 requests, ${lang}`, { lang }, async (visitor) => {
      // By address: the icon is also the logo, and comes out of the cache the second time.
      /** @type {Map<string, import("playwright-core").Response>} */
      const answers = new Map();
      visitor.page.on("response", (response) => void answers.set(response.url(), response));
      await visitor.go("/put");
      await visitor.page.waitForLoadState("networkidle");
      const sizes = await Promise.all([...answers.values()].map(async (answer) => (await answer.body()).length));
      const sum = sizes.reduce((a, b) => a + b);
      assert.ok(answers.size <= 6, [...answers.keys()].join("\n"));
      assert.ok(sum <= 60_000 && sum > 20_000, `${sum} bytes`);
    });
  }

  it("counts characters as the server does, and says when there are too many", async (visitor) => {
    await visitor.go("/put");
    const count = visitor.page.locator("#content ~ .count");
    await visitor.fill({ content: "a😀你\n" });
    assert.match(await count.innerText(), /^4\b/);
    await visitor.fill({ content: "😀".repeat(5000) });
    assert.ok(!(await count.evaluate((e) => e.classList.contains("over"))));
    await visitor.fill({ name: "Alice", content: "😀".repeat(5001) });
    assert.ok(await count.evaluate((e) => e.classList.contains("over")));
    await visitor.page.locator("main [role=status]", { hasText: "5001" }).waitFor({ state: "attached" });
    await visitor.page.click("main form button[type=submit]");
    const told = await faults(visitor);
    assert.deepEqual(told.invalid, ["content"]);
    assert.equal(told.focus, "content");
    assert.deepEqual(posts(visitor), []);
  });

  it("presets the device's zone, and a year from now on its clocks", { zone: "Asia/Shanghai" }, async (visitor) => {
    await visitor.go("/put");
    assert.equal(await visitor.page.inputValue("#tz"), "Asia/Shanghai");
    assert.match(await visitor.page.inputValue("#time"), /^2031-01-31T17:3\d$/);
  });

  it("leaves the server's zone and time alone where it does not know the device's", { js: false, zone: "Asia/Shanghai" }, async (visitor) => {
    await visitor.go("/put");
    assert.equal(await visitor.page.inputValue("#tz"), "UTC");
    assert.match(await visitor.page.inputValue("#time"), /^2031-01-31T09:3\d$/);
  });

  it("offers shortcuts, the last day where a month is too short", async (visitor) => {
    const { page } = visitor;
    await visitor.go("/put");
    for (const [months, day] of [[1, "2030-02-28"], [12, "2031-01-31"], [120, "2040-01-31"]]) {
      await page.click(`[data-months="${months}"]`);
      assert.equal((await page.inputValue("#time")).slice(0, 10), day);
    }
    await page.click("[aria-controls=birthday-field]");
    assert.equal(await focused(visitor), "birthday");
    for (const [born, next] of [["1990-01-31", "2031-01-31"], ["1990-02-01", "2030-02-01"], ["1992-02-29", "2030-02-28"]]) {
      await page.fill("#birthday", born ?? "");
      assert.equal((await page.inputValue("#time")).slice(0, 10), next);
    }
    await visitor.expectSound();
  });

  it("says the moment in words, with its zone and how far away it is", { zone: "Europe/Berlin" }, async (visitor, { arrive }) => {
    const words = visitor.page.locator("#moment-words [role=status]");
    await visitor.go("/put");
    await visitor.fill({ time: "2030-06-01 12:00" });
    for (const part of [/Saturday/, /1 June 2030|June 1, 2030/, /12:00/, /Europe\/Berlin, UTC\+0?2/, /4 months/])
      assert.match(await words.innerText(), part);
    await visitor.fill({ tz: "America/New_York" });
    assert.match(await words.innerText(), /America\/New_York, UTC-0?4/);
    await visitor.fill({ tz: "Europe/Berlin", time: "2030-03-31 02:30" }); // the clocks skip it
    const skipped = await words.innerText();
    await visitor.fill({ time: "2030-01-31 10:29" }); // a minute ago
    const past = await words.innerText();
    await visitor.fill({ time: "2030-01-31 10:40" });
    assert.match(await words.innerText(), /\b\d+ minutes?\b/);
    assert.equal(new Set([skipped, past, await words.innerText(), ""]).size, 4);

    const chinese = await arrive({ lang: "zh-CN" });
    await chinese.go("/put");
    await chinese.fill({ time: "2030-06-01 12:00" });
    assert.match(await chinese.page.locator("#moment-words [role=status]").innerText(), /2030年6月1日.*Europe\/Berlin.*4\s?个月/);
  });

  it("keeps a draft until it is sent, and gives it up when told", async (visitor) => {
    const { page } = visitor;
    await visitor.go("/put");
    assert.equal(await draft(visitor), null);
    await visitor.fill({ name: "Ada", content: "line one\nline two 你好", tips: "wait", mail_key: false, tz: "Asia/Tokyo" });
    await visitor.go("/introduce");
    await visitor.go("/put");
    assert.ok(await page.locator("#draft-note").isVisible());
    assert.equal(await page.inputValue("#name"), "Ada");
    assert.equal(await page.inputValue("#content"), "line one\nline two 你好");
    assert.equal(await page.inputValue("#tz"), "Asia/Tokyo");
    assert.equal(await page.isChecked("#mail_key"), false);
    assert.match(await page.locator("#content ~ .count").innerText(), /^20\b/);
    await visitor.expectSound();

    await page.click("#draft-note button");
    await page.waitForFunction(() => !(/** @type {HTMLInputElement} */ (document.getElementById("name"))).value);
    assert.equal(await draft(visitor), null);
    await visitor.go("/put");
    assert.ok(await page.locator("#draft-note").isHidden());

    await visitor.put({ name: "Ada" });
    assert.equal(await draft(visitor), null);
  });

  it("keeps the draft while the server refuses it, and shows what was typed", async (visitor) => {
    const { page } = visitor;
    await visitor.go("/put");
    await visitor.fill({ name: "Ada", content: "words", email: "nobody" });
    assert.equal((await visitor.submit()).status(), 422);
    assert.equal(await page.inputValue("#content"), "words");
    const told = await faults(visitor);
    assert.deepEqual([told.invalid, told.focus, told.summary.length], [["email"], "email", 1]);
    assert.match((await draft(visitor)) ?? "", /words/);
    await visitor.fill({ email: "" });
    assert.equal((await visitor.submit()).status(), 200);
    assert.equal(await draft(visitor), null);
  });

  it("says beside each field what is missing, in the server's words", { lang: "zh-CN" }, async (visitor, { arrive }) => {
    await visitor.go("/put");
    await visitor.fill({ time: "" });
    await visitor.page.click("main form button[type=submit]");
    const told = await faults(visitor);
    assert.deepEqual(told.invalid, ["name", "content", "time"]);
    assert.deepEqual(told.summary, told.beside);
    assert.equal(told.focus, "name");
    assert.deepEqual(posts(visitor), []);
    await visitor.expectSound();

    const plain = await arrive({ js: false });
    await plain.post("/put", { name: "", content: "", time: "", tz: "UTC" });
    const byServer = await faults(plain);
    assert.deepEqual(byServer, told);

    await visitor.page.click("#error-summary li:nth-child(2) a");
    assert.equal(await focused(visitor), "content");
    await visitor.page.keyboard.type("words");
    assert.deepEqual((await faults(visitor)).invalid, ["name", "time"]);
  });

  it("is sent once, however often its button is pressed", async (visitor) => {
    const { page } = visitor;
    await visitor.go("/put");
    await visitor.fill({ name: "Alice", content: "words" });
    let release = () => {};
    const held = new Promise((resolve) => (release = () => resolve(undefined)));
    await page.route("**/put", async (route) => {
      await held;
      await route.continue();
    });
    const button = page.locator("main form button[type=submit]");
    const before = await button.innerText();
    // Playwright's own clicks would wait for the answer.
    const pressed = await button.evaluate(async (/** @type {HTMLButtonElement} */ e) => {
      e.click();
      e.click();
      e.form?.requestSubmit();
      await new Promise((resolve) => setTimeout(resolve, 100));
      e.click();
      return { disabled: e.getAttribute("aria-disabled"), says: e.innerText };
    });
    assert.equal(pressed.disabled, "true");
    assert.notEqual(pressed.says, before);
    assert.equal(posts(visitor).length, 1);
    release();
    await page.locator("#capsule-key").waitFor();
    assert.equal(posts(visitor).length, 1);
  });

  it("gives what was typed back when the capsule is taken back", async (visitor) => {
    const { page } = visitor;
    await visitor.put({ name: "Ada", content: "one\ntwo", tips: "wait" });
    assert.equal((await visitor.press("form[action='/put/undo'] button")).status(), 200);
    assert.equal(await page.inputValue("#content"), "one\ntwo");
    assert.equal(await page.inputValue("#name"), "Ada");
    await visitor.submit();
    await page.locator("#capsule-key").waitFor();
  });

  it("forbids script made of text", async (visitor) => {
    await visitor.go("/put");
    visitor.guard.allow(/TrustedHTML|trusted-types|ContentSecurityPolicyIssue/);
    const thrown = await visitor.page.evaluate(() => {
      try {
        document.body.innerHTML = "<p>x</p>";
        return "";
      } catch (error) {
        return String(error);
      }
    });
    assert.match(thrown, /TypeError/);
  });
});
