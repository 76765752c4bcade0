/** The form that puts a capsule beside what its scripts say (put_form_spec.mjs): its weight, its presets, what the server refuses. */
import assert from "node:assert/strict";
import { WITH_MAIL } from "./support/server.mjs";
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

suite("the form", { clock: NOW, args: WITH_MAIL }, ({ it }) => {
  for (const lang of /** @type {const} */ (["en", "zh-CN"])) {
    it(`weighs at most 61 KB in at most 6 requests, ${lang}`, { lang }, async (visitor) => {
      // By address: the icon is also the logo, and comes out of the cache the second time.
      /** @type {Map<string, import("playwright-core").Response>} */
      const answers = new Map();
      visitor.page.on("response", (response) => void answers.set(response.url(), response));
      await visitor.go("/put");
      await visitor.page.waitForLoadState("networkidle");
      const sizes = await Promise.all([...answers.values()].map(async (answer) => (await answer.body()).length));
      const sum = sizes.reduce((a, b) => a + b);
      assert.ok(answers.size <= 6, [...answers.keys()].join("\n"));
      assert.ok(sum <= 61_000 && sum > 20_000, `${sum} bytes`);
    });
  }

  it("presets the device's zone, and a year from now on its clocks", { zone: "Asia/Shanghai" }, async (visitor) => {
    await visitor.go("/put");
    assert.equal(await visitor.page.inputValue("#tz"), "Asia/Shanghai");
    assert.match(await visitor.page.inputValue("#time"), /^2031-01-31T17:3\d$/);
  });

  it("goes back to the server's zone with the form, of which the list is none", { zone: "Asia/Shanghai" }, async (visitor) => {
    const { page } = visitor;
    await visitor.go("/put");
    await page.selectOption("#tz", "Europe/Berlin");
    await page.evaluate(() => /** @type {HTMLFormElement} */ (document.getElementById("put-form")).reset());
    assert.equal(await page.inputValue("#tz"), "UTC");
    await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector("input[name=tz]")).value === "UTC");
  });

  it("leaves the server's zone and time alone where it does not know the device's", { js: false, zone: "Asia/Shanghai" }, async (visitor) => {
    await visitor.go("/put");
    assert.equal(await visitor.page.inputValue("#tz"), "UTC");
    assert.match(await visitor.page.inputValue("#time"), /^2031-01-31T09:3\d$/);
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
