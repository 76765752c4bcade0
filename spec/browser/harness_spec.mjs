/** The harness itself: whatever it is there to find, it finds. */
import assert from "node:assert/strict";
import { suite } from "./support/suite.mjs";

/** Answers /put with other HTML, under the policy of the real one. @param {import("./support/visitor.mjs").Visitor} visitor @param {string} main */
async function page(visitor, main) {
  await visitor.context.route("**/put", async (route) => {
    const response = await route.fetch();
    const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>x</title></head>
      <body><main><h1>x</h1>${main}</main></body></html>`;
    await route.fulfill({ response, body });
  });
  await visitor.go("/put");
}

/** @param {import("./support/visitor.mjs").Visitor} visitor @param {RegExp} pattern */
async function complains(visitor, pattern) {
  await visitor.page.waitForLoadState("networkidle");
  const faults = visitor.guard.take();
  assert.ok(faults.some((fault) => pattern.test(fault)), `no ${pattern} in:\n${faults.join("\n")}`);
}

suite("the guard", {}, ({ it }) => {
  it("sees what goes to the console", async (visitor) => {
    await visitor.go("/");
    await visitor.page.evaluate(() => console.error("alas"));
    await complains(visitor, /console error: alas/);
    await visitor.page.evaluate(() => console.warn("oh"));
    await complains(visitor, /console warning: oh/);
  });

  it("sees an exception that nobody catches", async (visitor) => {
    await visitor.go("/");
    await visitor.page.evaluate(() => void setTimeout(() => { throw new Error("alas"); }));
    await complains(visitor, /exception: Error: alas/);
  });

  for (const js of [true, false]) {
    it(`sees a breach of the policy, script ${js ? "on" : "off"}`, { js }, async (visitor) => {
      await page(visitor, '<p style="color: red">x</p>');
      await complains(visitor, /issue: ContentSecurityPolicyIssue/);
    });
  }

  it("sees a request to another origin", async (visitor) => {
    await page(visitor, '<p><a href="http://elsewhere.example/">x</a></p>');
    await visitor.page.click("main a").catch(() => {});
    await complains(visitor, /request to another origin: http:\/\/elsewhere\.example/);
  });

  it("sees an answer that is bad", async (visitor) => {
    await page(visitor, '<img src="/static/none.png" alt="">');
    await complains(visitor, /answered 404: .*none\.png/);
  });

  it("keeps a wanted complaint to itself", async (visitor) => {
    await visitor.go("/");
    visitor.guard.allow(/alas/);
    await visitor.page.evaluate(() => console.error("alas"));
    assert.deepEqual(visitor.guard.take(), []);
  });
});

suite("the checks", {}, ({ it }) => {
  it("see a barrier", async (visitor) => {
    await page(visitor, '<img src="/favicon.ico">');
    await assert.rejects(visitor.expectAccessible(), /image-alt/);
  });

  it("see HTML that is not valid", async (visitor) => {
    await page(visitor, "<p><ul><li>x</ul></p>");
    await assert.rejects(visitor.expectValid(), /not valid/);
  });

  it("see what sticks out", { width: 320 }, async (visitor) => {
    await page(visitor, '<svg width="400" height="9"></svg>');
    await assert.rejects(visitor.expectFits(), /320 px[^]*<svg/);
  });

  it("see what the keyboard does not reach, or reaches in another order", async (visitor) => {
    await page(visitor, '<button>a</button><button tabindex="1">b</button>');
    await assert.rejects(visitor.expectKeyboard(), /the keyboard reaches/);
  });

  it("see a focus that cannot be seen", async (visitor) => {
    await visitor.go("/open");
    await visitor.page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("* { outline: none !important }");
      document.adoptedStyleSheets = [sheet];
    });
    visitor.guard.take();
    await assert.rejects(visitor.expectKeyboard(), /one cannot see/);
  });
});
