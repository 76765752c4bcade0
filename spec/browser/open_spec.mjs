/** Opening: too early, in time, and what one can do with the message. */
import assert from "node:assert/strict";
import { SERVER } from "./support/states.mjs";
import { suite } from "./support/suite.mjs";

const NOW = "2030-01-01T00:00:00Z";
const OPENS = "2030-06-01T12:00:00Z";
const LATER = "2030-06-02T00:00:00Z";
const HOUR_BEFORE = "2030-06-01T11:00:00Z";

const MESSAGE = `first line
  second, indented

<img src=x onerror=alert(1)> & "quotes"
see https://example.org/a?b=1&c=(2). and (http://example.org/x), 网址 https://例子.example/路径。
javascript:alert(1) ftp://example.org/ data:text/html,x`;

/** @param {string} key */
const groups = (key) => key.replace(/(....)(?=.)/g, "$1-");

suite("opening", { clock: NOW }, ({ it }) => {
  it("takes a key as it was written down", async (visitor) => {
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS });
    for (const written of [key, groups(key), groups(key).replace(/-/g, " "), `  ${key} `])
      assert.equal((await visitor.open(written)).status(), 403, written);
  });

  it("takes the key out of a link, out of the address bar, and out of a link that is pasted", async (visitor) => {
    const { page } = visitor;
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS });
    await visitor.go(`/open#${key}`);
    assert.equal(await page.inputValue("#key"), key);
    assert.equal(page.url(), `${visitor.server.url}/open`);
    assert.equal(await page.evaluate(() => history.length), 2); // the blank page, and this one

    await page.fill("#key", "");
    await page.evaluate((hash) => (location.hash = hash), groups(key));
    await page.waitForFunction(() => !location.hash);
    assert.equal((await page.inputValue("#key")).replace(/-/g, ""), key);

    await page.fill("#key", `${visitor.server.url}/open#${key}`);
    assert.equal(await page.inputValue("#key"), key);

    await visitor.go("/");
    await visitor.go("/open#main"); // the skip link's
    assert.equal(await page.inputValue("#key"), "");
    for (const { url } of visitor.sent) assert.ok(!url.includes(key), url);
  });

  it("has its dates below one another on a phone", { width: 360 }, async (visitor) => {
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS });
    await visitor.setClock(LATER);
    await visitor.open(key);
    const lefts = await visitor.page.locator(".facts dd").evaluateAll((all) => all.map((e) => e.getBoundingClientRect().left));
    assert.equal(lefts.length, 2);
    assert.equal(lefts[0], lefts[1]);
  });

  it("shows the note, the moment and a countdown that ends in a button", async (visitor) => {
    const { page } = visitor;
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS, tips: "Soon, my dear.\n再等等。" });
    await visitor.setClock(HOUR_BEFORE);
    assert.equal((await visitor.open(key)).status(), 403);
    assert.equal(await page.locator("blockquote").innerText(), "Soon, my dear.\n再等等。");
    assert.equal(await page.locator("time").getAttribute("datetime"), OPENS);
    assert.match(await page.locator("time").innerText(), /2030.*12:00.*UTC/);
    assert.match(await page.locator("#countdown").innerText(), /(1\s+hour|59\s+minutes)/);
    const button = page.locator("#waiting button");
    assert.ok(await button.isHidden());

    await visitor.setClock(OPENS);
    await button.waitFor();
    assert.equal(await button.innerText(), await button.getAttribute("data-now"));
    assert.ok(await page.locator("#countdown").isHidden());
    assert.notEqual(await page.locator("#come").innerText(), "");
    await visitor.expectSound();
    assert.equal((await visitor.press("#waiting button")).status(), 200);
    assert.equal(await page.locator("#capsule-content").innerText(), "words for later");
  });

  it("counts by the server's clock, whatever the device's says", { lang: "zh-CN" }, async (visitor) => {
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS });
    await visitor.setClock(HOUR_BEFORE);
    await visitor.context.clock.setSystemTime("2031-07-01T00:00:00Z");
    await visitor.open(key);
    assert.match(await visitor.page.locator("#countdown").innerText(), /1\s*小时|59\s*分钟/);
    assert.ok(await visitor.page.locator("#waiting button").isHidden());
  });

  it("tells a reader elsewhere the moment on his own clock", { zone: "Asia/Tokyo" }, async (visitor) => {
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: "2030-01-03T20:00:00Z" });
    await visitor.open(key);
    assert.equal(await visitor.page.locator("#moment").innerText(), "4 January 2030 at 05:00 (Asia/Tokyo)");
    assert.equal(await visitor.page.locator("#there").innerText(), "3 January 2030, 20:00 (UTC)");
  });

  it("tells the moment and has its button in a browser without dateStyle and units (Safari 14.0)", { zone: "Asia/Tokyo" }, async (visitor) => {
    const { page } = visitor;
    await page.addInitScript(() => {
      const { DateTimeFormat, NumberFormat } = Intl;
      /** @type {any} */ (Intl).DateTimeFormat = new Proxy(DateTimeFormat, { // it does not know them, and says nothing
        construct: (target, [locale, { dateStyle, timeStyle, ...rest } = /** @type {any} */ ({})]) =>
          Reflect.construct(target, [locale, rest]),
      });
      /** @type {any} */ (Intl).NumberFormat = new Proxy(NumberFormat, {
        construct(target, [locale, options]) {
          if (options?.style === "unit") throw new RangeError("unit is out of range");
          return Reflect.construct(target, [locale, options]);
        },
      });
    });
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: "2030-01-03T20:00:05Z" });
    assert.equal((await visitor.open(key)).status(), 403);
    assert.equal(await page.locator("#moment").innerText(), "4 January 2030 at 05:00:05 (Asia/Tokyo)");
    assert.ok(await page.locator("#countdown").isHidden());
    assert.equal((await visitor.press("#waiting button")).status(), 403);
    await visitor.setClock(LATER);
    assert.equal((await visitor.press("#waiting button")).status(), 200);
  });

  it("proves the key right and the capsule whole before its time", async (visitor) => {
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS });
    await visitor.open(key);
    assert.match(await visitor.page.locator("#still").innerText(), /key is right.*whole/);
    const { text } = await visitor.download("form[action='/put/calendar'] button");
    assert.match(text, /DTSTART:20300601T120000Z/);
  });

  it("counts years, months and days while there are years", async (visitor) => {
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: "2129-12-05T12:00:00Z" });
    await visitor.open(key);
    assert.match((await visitor.page.locator("#countdown").innerText()).replace(/\s+/g, " "), /^99 years 11 months 4 days$/);
  });

  it("has a button to look again without script", { js: false }, async (visitor) => {
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS });
    assert.equal((await visitor.open(key)).status(), 403);
    assert.ok(await visitor.page.locator("#countdown").isHidden());
    assert.equal((await visitor.press("#waiting button")).status(), 403);
    await visitor.setClock(LATER);
    assert.equal((await visitor.press("#waiting button")).status(), 200);
  });

  it("shows name, times and the message as it was written, with safe links", async (visitor) => {
    const { page } = visitor;
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS, name: "Ada 王", content: MESSAGE });
    await visitor.setClock(LATER);
    await visitor.open(key);
    assert.equal(await page.locator("h1").innerText(), "From Ada 王");
    const content = page.locator("#capsule-content");
    assert.equal(await content.innerText(), MESSAGE);
    assert.match(await content.evaluate((e) => getComputedStyle(e).whiteSpace), /pre-wrap|break-spaces/);
    const times = await page.locator(".facts time").evaluateAll((all) => all.map((e) => e.getAttribute("datetime")?.slice(0, 10)));
    assert.deepEqual(times.sort(), ["2030-01-01", "2030-06-01"]);
    const links = await content.locator("a").evaluateAll((all) =>
      all.map((e) => [e.textContent, e.getAttribute("rel"), e.getAttribute("target")].join(" ")));
    assert.deepEqual(links, ["https://example.org/a?b=1&c=(2)", "http://example.org/x", "https://例子.example/路径"].map(
      (address) => `${address} noopener noreferrer nofollow _blank`));
    assert.equal(await content.locator(":not(a)").count(), 0);
    await visitor.expectSound();
  });

  it("makes links of what somebody may have typed, and takes no time over the rest", async (visitor) => {
    const { page } = visitor;
    const endless = `http://a.example/${")".repeat(4000)}`;
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS, content: `${endless} (see http://b.example/?!).` });
    await visitor.setClock(LATER);
    await visitor.open(key);
    const content = page.locator("#capsule-content");
    assert.equal(await content.innerText(), `${endless} (see http://b.example/?!).`);
    assert.deepEqual(await content.locator("a").allInnerTexts(), ["http://b.example/"]);
  });

  it("copies, saves and prints the message", async (visitor) => {
    const { page } = visitor;
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS, content: MESSAGE });
    await visitor.setClock(LATER);
    await visitor.open(key);
    await page.click("[data-copy=capsule-content]");
    await page.locator("[data-copy] ~ [role=status]:not(:empty)").waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), MESSAGE);
    const requests = visitor.sent.length;
    const { name, text } = await visitor.download("[data-save]");
    assert.match(name, /2030-06-01\.txt$/);
    assert.equal(text, MESSAGE);
    assert.equal(visitor.sent.length, requests, "it has not passed the server again");
    await page.evaluate(() => (window.print = () => void sessionStorage.setItem("printed", "yes")));
    await page.click("[data-print]");
    assert.equal(await page.evaluate(() => sessionStorage.getItem("printed")), "yes");
    await page.emulateMedia({ media: "print" });
    assert.ok(await page.locator("#capsule-content").isVisible());
    for (const gone of ["header nav", "footer", "main button", ".next"])
      for (const one of await page.locator(gone).all()) assert.ok(!(await one.isVisible()), gone);
  });

  it("has on paper, before its time, what paper can say", async (visitor) => {
    await visitor.setClock(NOW);
    await visitor.open(await visitor.server.put({ opens_at: OPENS, tips: "Soon.", email: "ada@example.org" }));
    const sections = visitor.page.locator("main h2:visible");
    assert.equal(await sections.count(), 2);
    await visitor.page.emulateMedia({ media: "print" });
    assert.equal(await sections.count(), 0);
    assert.ok(await visitor.page.locator("blockquote").isVisible());
  });

  for (const plain of [false, true]) {
    it(`gives away what is stored, not a translation (${plain ? "http" : "https"})`, { plain }, async (visitor) => {
      const { page } = visitor;
      await visitor.setClock(NOW);
      const key = await visitor.server.put({ opens_at: OPENS, content: MESSAGE });
      await visitor.setClock(LATER);
      await visitor.open(key);
      const shown = () => page.locator("#capsule-content").evaluate((e) => e.textContent);
      await page.evaluate(() => { // as Chromium's translator does
        const message = document.getElementById("capsule-content");
        const font = Object.assign(document.createElement("font"), { textContent: "erste Zeile" });
        message?.replaceChildren(font);
        addEventListener("copy", (event) => (document.body.dataset.copied = event.clipboardData?.getData("text/plain")));
      });
      await page.click("[data-copy=capsule-content]");
      await page.locator("[data-copy] ~ [role=status]:not(:empty)").waitFor();
      const copied = () => document.body.dataset.copied ?? navigator.clipboard.readText();
      assert.equal(await page.evaluate(copied), MESSAGE);
      assert.equal((await visitor.download("[data-save]")).text, MESSAGE);
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      assert.equal(await shown(), MESSAGE);
      await page.evaluate(() => dispatchEvent(new Event("afterprint")));
      assert.equal(await shown(), "erste Zeile");
    });
  }

  it("leaves nothing behind when the page is left", async (visitor) => {
    const { page } = visitor;
    await visitor.setClock(NOW);
    const key = await visitor.server.put({ opens_at: OPENS, tips: "Soon, my dear." });
    for (const moment of [HOUR_BEFORE, LATER]) {
      await visitor.setClock(moment);
      await visitor.open(key);
      await page.evaluate(() => addEventListener("pagehide", () => sessionStorage.setItem("left", document.querySelector("main")?.textContent ?? "")));
      await visitor.go("/");
      assert.equal(await page.evaluate(() => sessionStorage.getItem("left")), "");
    }
  });

  it("gives way to a link that is followed in its tab, and leads back to the form", async (visitor) => {
    const { page } = visitor;
    await visitor.setClock(NOW);
    const [late, soon] = [await visitor.server.put({ opens_at: LATER }), await visitor.server.put({ opens_at: OPENS })];
    await visitor.setClock(OPENS);
    for (const [key, status] of /** @type {const} */ ([[soon, 200], [late, 403], ["0000-1111-2222-3333", 404]])) {
      assert.equal((await visitor.open(key)).status(), status);
      await page.evaluate((other) => void (location.href = `/open#${other}`), late);
      await page.waitForFunction((other) => document.querySelector("input")?.value === other, late);
      assert.equal(page.url(), `${visitor.server.url}/open`, "the key has left the address");

      await page.goBack();
      await page.locator("[role=status]").waitFor();
      assert.match(await page.locator("main [role=status]").innerText(), /The key opens it again/);
      assert.equal(await page.inputValue("#key"), "");
      await visitor.fill({ key });
      assert.equal((await visitor.submit()).status(), status);
      await page.reload();
      assert.equal(await page.inputValue("#key"), "");
    }
    assert.equal(visitor.sent.filter(({ method }) => method === "POST").length, 6, "nothing was posted again");
    await visitor.expectSound();
  });

  it("says what to do about a key that opens nothing", { js: false, lang: "zh-CN" }, async (visitor) => {
    assert.equal((await visitor.open("0O1lI-wrong-key")).status(), 404);
    assert.ok(await visitor.page.locator("main .glyphs li").count() >= 3);
    assert.ok(await visitor.page.locator("#key").isVisible());
  });
});

suite("an error", SERVER, ({ it }) => {
  for (const lang of /** @type {const} */ (["en", "zh-CN"])) {
    it(`says what happened and what to do, and leads on, ${lang}`, { lang, js: false }, async (visitor) => {
      const { page } = visitor;
      const told = new Set();
      for (const status of [400, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503]) {
        assert.equal((await visitor.go(`/spec/error/${status}`)).status(), status);
        const words = (await page.locator("main > p, main .page-head p").allInnerTexts()).filter((text) => text.length > 5);
        assert.ok(words.length >= 2, `${status} says: ${words.join(" ")}`);
        const [first] = await page.locator("main > :first-child > *").allInnerTexts();
        assert.match(first ?? "", /^\D{5,}[.。]$/); // a sentence, and no number
        told.add(first);
        for (const place of ["/", "/put", "/open"]) assert.ok(await page.locator(`main a[href='${place}']`).isVisible());
      }
      assert.equal(told.size, 11);
    });
  }
});

suite("the language", {}, ({ it }) => {
  it("can be changed on the answer to a key too", { js: false }, async (visitor) => {
    const { page } = visitor;
    const opens = Math.floor(Date.now() / 1000) + 3600;
    const key = await visitor.server.put({ opens_at: opens });
    await visitor.open(key);
    assert.equal((await visitor.press(".again button[lang=zh-CN]")).status(), 403);
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
    await visitor.server.setClock(opens);
    assert.equal((await visitor.open(key)).status(), 200);
    assert.equal((await visitor.press(".again button[lang=en]")).status(), 200);
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    assert.equal(await page.locator("#capsule-content").innerText(), "words for later");
    await visitor.open("0000-1111-2222-3333");
    assert.equal((await visitor.press(".again button[lang=zh-CN]")).status(), 404);
    assert.equal(await page.inputValue("#key"), "0000-1111-2222-3333");
    for (const { url } of visitor.sent) assert.ok(!url.includes(key), url);
  });

  for (const js of [true, false]) {
    it(`is chosen at the foot of a page and stays, script ${js ? "on" : "off"}`, { js }, async (visitor) => {
      const { page } = visitor;
      await visitor.go("/open");
      await visitor.press("footer a[hreflang=zh-CN]");
      assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
      assert.equal(new URL(page.url()).pathname, "/open");
      await visitor.go("/put");
      assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
      await visitor.press("footer a[hreflang=en]");
      assert.equal(await page.locator("html").getAttribute("lang"), "en");
    });
  }
});
