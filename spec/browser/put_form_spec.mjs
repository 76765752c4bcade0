/** What scripts add to the form that puts a capsule. */
import assert from "node:assert/strict";
import { WITH_MAIL } from "./support/server.mjs";
import { suite } from "./support/suite.mjs";

/** @typedef {import("./support/visitor.mjs").Visitor} Visitor */

const CLOCK = "2030-01-01T00:00:00Z";

/** @param {Visitor} visitor */
const words = (visitor) => visitor.page.locator("#moment-words [role=status]").textContent();

/** The shortcuts that are marked as chosen. @param {Visitor} visitor */
const marked = (visitor) => visitor.page.locator(".chip[aria-pressed=true]").allInnerTexts();

/** The device's clock stands still: these tests name minutes. @param {Visitor} visitor */
const stopClock = (visitor) => visitor.page.clock.setFixedTime(new Date(CLOCK));

/** @param {Visitor} visitor */
const button = (visitor) => visitor.page.locator("#put-form button[type=submit]");

/** The hidden field says that when the form is sent, whatever the page shows. @param {Visitor} visitor @param {string} name @param {string} value */
const sends = ({ page }, name, value) => page.locator(`[name=${name}][type=hidden]`).evaluate((e, sent) => {
  if (e instanceof HTMLInputElement) e.form?.addEventListener("submit", () => (e.value = sent));
}, value);

/** @param {Visitor} visitor @param {string} id */
const draftHas = (visitor, id) =>
  visitor.page.waitForFunction((text) => sessionStorage.getItem("tc-draft")?.includes(text), id);

suite("the form that puts a capsule", { clock: CLOCK, args: WITH_MAIL }, ({ it }) => {
  it("is there after six requests", async (visitor) => {
    const icon = visitor.page.waitForEvent("requestfinished", (request) => request.url().includes("/img/"));
    await visitor.go("/put");
    await icon;
    assert.deepEqual(visitor.sent.map(({ type }) => type).sort(),
      ["document", "other", "script", "script", "script", "stylesheet"]);
  });

  it("counts code points, as the server does", async (visitor) => {
    await visitor.go("/put");
    const count = visitor.page.locator("#content ~ .count");
    await visitor.fill({ content: "胶囊 🎁\n" });
    await count.getByText("5 of 5000 characters", { exact: true }).waitFor();
    await visitor.fill({ name: "Alice", content: "🎁".repeat(5001) });
    await visitor.page.locator("#content ~ .count.over").waitFor();
    await button(visitor).click();
    const fault = "The message has 5001 characters; at most 5000 fit.";
    assert.equal(await visitor.page.locator("#content-error").textContent(), fault);
    await visitor.fill({ content: "🎁".repeat(5000) });
    assert.equal(await visitor.page.locator("#content-error").count(), 0);
    assert.equal((await visitor.submit()).status(), 200);
  });

  it("lets browsers fill in the address of a reminder, here and on the page that is too early", async (visitor) => {
    const filledIn = () => visitor.page.locator("input[name=email]").getAttribute("autocomplete");
    await visitor.setClock(CLOCK);
    const key = await visitor.put();
    await visitor.go("/put");
    assert.equal(await filledIn(), "email");
    assert.equal((await visitor.open(key)).status(), 403);
    assert.equal(await filledIn(), "email");
  });

  it("shows what runs over in a summary below its words", { width: 320 }, async (visitor) => {
    await visitor.go("/put");
    const lefts = await visitor.page.locator(".fold summary").first().evaluate((summary) => {
      const range = document.createRange();
      range.selectNodeContents(summary);
      return [...range.getClientRects()].map(({ left }) => Math.round(left));
    });
    assert.ok(lefts.length > 2, `${lefts.length} lines`);
    assert.equal(new Set(lefts).size, 1, lefts.join());
  });

  it("ticks a box in a colour of its own that stands out, by day and by night", async (visitor) => {
    const { page } = visitor;
    await visitor.go("/put");
    await visitor.fill({ mail_key: true });
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      await page.emulateMedia({ colorScheme });
      const contrast = await page.locator("#mail_key").evaluate((box) => {
        const light = (/** @type {string} */ color) => (color.match(/\d+/g) ?? []).slice(0, 3)
          .map((part) => Number(part) / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
          .reduce((sum, part, i) => sum + part * ([0.2126, 0.7152, 0.0722][i] ?? 0), 0.05);
        const [one = 0, other = 1] = [getComputedStyle(box), getComputedStyle(box, "::before")].map((style) => light(style.backgroundColor));
        return Math.max(one, other) / Math.min(one, other);
      });
      assert.ok(contrast >= 4.5, `${colorScheme}: ${contrast}`);
    }
  });

  it("sends what is folded away, and begins it anew with the rest", async (visitor) => {
    const { page } = visitor;
    // As a browser does that comes back to a page.
    const fillIn = () => page.locator("#tips").evaluate((e) => void (/** @type {HTMLTextAreaElement} */ (e).value = "patience"));
    await visitor.go("/put");
    await fillIn();
    await page.evaluate(() => /** @type {HTMLFormElement} */ (document.getElementById("put-form")).reset());
    assert.equal(await page.inputValue("#tips"), "");

    await visitor.go("/put");
    await fillIn();
    await page.fill("#name", "Ada");
    await page.fill("#content", "words");
    assert.equal(await page.locator(".fold[open]").count(), 0);
    await visitor.submit();
    await visitor.open(await visitor.key());
    assert.equal(await page.locator("blockquote").textContent(), "patience");
  });

  it("makes the clock of a zone once, which takes long, and one for the words", async (visitor) => {
    const { page } = visitor;
    await page.addInitScript(() => {
      Intl.DateTimeFormat = new Proxy(Intl.DateTimeFormat, {
        construct(target, args) {
          document.documentElement.dataset.made = String(Number(document.documentElement.dataset.made ?? 0) + 1);
          return Reflect.construct(target, args);
        },
      });
    });
    const made = async () => Number(await page.locator("html").getAttribute("data-made"));
    await visitor.go("/put");
    assert.ok(await made() > 1 && await made() < 5, `${await made()} at first`);
    const before = await made();
    for (const time of ["2030-02-01T00:00", "2030-03-01T00:00", "2030-04-01T00:00"]) await visitor.fill({ time });
    assert.equal(await made() - before, 3);
  });

  it("says what is missing beside the fields and in a summary, and goes to the first", async (visitor) => {
    await visitor.go("/put");
    await visitor.fill({ time: "" });
    await button(visitor).click();
    const summary = visitor.page.getByRole("alert");
    assert.deepEqual(await summary.locator("li").allTextContents(),
      ["Say whom it is from.", "Write a message.", "Choose the opening time."]);
    assert.equal(await visitor.page.locator("#name-error").textContent(), "Say whom it is from.");
    assert.equal(await visitor.page.title(), "Not sealed yet · Time Capsule");
    assert.equal(await visitor.page.evaluate(() => document.activeElement?.id), "name");
    assert.equal(await visitor.page.locator("#name").getAttribute("aria-describedby"), "name-help name-error");
    assert.ok(visitor.sent.every(({ method }) => method === "GET"), "nothing was sent");
    await visitor.expectSound();
    await summary.getByText("Write a message.").click();
    assert.equal(await visitor.page.evaluate(() => document.activeElement?.id), "content");
  });

  it("goes to the first fault that the server found, and has the summary announced", async (visitor) => {
    await visitor.page.addInitScript(() => document.addEventListener("DOMContentLoaded", () => {
      const summary = document.getElementById("error-summary");
      const seen = new MutationObserver(() => (document.body.dataset.announced = "yes"));
      if (summary) seen.observe(summary, { childList: true });
    }));
    await visitor.go("/put");
    await visitor.fill({ name: "Alice", content: "words", email: "nobody", time: "2029-01-01T00:00" });
    assert.equal((await visitor.submit()).status(), 422);
    assert.equal(await visitor.page.evaluate(() => document.activeElement?.id), "time");
    await visitor.page.locator("body[data-announced]").waitFor();
    assert.deepEqual(await visitor.page.getByRole("alert").locator("li").allTextContents(),
      ["This moment has passed. Choose a later one.", "This is not an email address. Enter one such as name@example.org."]);
  });

  it("says in words which moment is chosen and how far away it is", { zone: "Europe/Berlin" }, async (visitor) => {
    await stopClock(visitor);
    await visitor.go("/put");
    assert.equal(await visitor.page.locator("#tz").inputValue(), "Europe/Berlin");
    assert.equal(await visitor.page.locator("#time").inputValue(), "2031-01-01T01:00");
    const cases = [
      ["2030-07-15T09:30", "Monday 15 July 2030 at 09:30 (Europe/Berlin, UTC+02:00). That is 6 months and 14 days from now."],
      ["2030-01-01T03:30", "Tuesday 1 January 2030 at 03:30 (Europe/Berlin, UTC+01:00). That is 2 hours and 30 minutes from now."],
      ["2030-03-31T02:30", "Clocks in this zone skip that time. Choose one before or after."],
      // It happens twice; the server takes the later one.
      ["2030-10-27T02:30", "Sunday 27 October 2030 at 02:30 (Europe/Berlin, UTC+01:00). That is 9 months and 26 days from now."],
      ["2029-12-31T23:59", "This moment has passed. Choose a later one."],
      ["2130-02-01T00:00", "This is too far away. Choose a moment within 100 years."],
    ];
    for (const [time = "", expected] of cases) {
      await visitor.fill({ time });
      assert.equal((await words(visitor))?.replace("day,", "day"), expected);
    }
    await visitor.page.locator("#tz").selectOption("UTC");
    await visitor.fill({ time: "2031-01-01T00:00" });
    assert.match((await words(visitor)) ?? "", /at 00:00 \(UTC\)\. That is 1 year from now\.$/);
  });

  it("says it in Chinese to a Chinese reader", { lang: "zh-CN", zone: "Asia/Shanghai" }, async (visitor) => {
    await stopClock(visitor);
    await visitor.go("/put");
    assert.equal(await words(visitor), "2031年1月1日星期三 08:00（Asia/Shanghai，UTC+08:00），距现在还有1年。");
  });

  it("folds away what is optional, and opens what holds something or is at fault", async (visitor) => {
    const open = () => visitor.page.locator("details[open] > summary").allInnerTexts();
    await visitor.go("/put");
    assert.deepEqual(await open(), []);
    assert.equal(await visitor.page.locator("#put-form details").count(), 4);
    for (const summary of await visitor.page.locator("#put-form summary").allInnerTexts()) assert.match(summary, /^.{10,}\n.{20,}\.$/s);
    await visitor.expectSound();
    await visitor.fill({ name: "Ada", content: "words", email: "ada@example.org", tips: "wait" });
    await draftHas(visitor, "wait");
    await visitor.go("/put");
    await visitor.page.locator("#draft-note").waitFor();
    assert.equal((await open()).length, 2);
    await visitor.fill({ tips: "n".repeat(1001), email: "" });
    await visitor.page.locator("#put-form summary").nth(1).click();
    await button(visitor).click();
    assert.equal(await visitor.page.evaluate(() => document.activeElement?.id), "tips");
    await visitor.post("/put", { name: "Ada", content: "words", time: "2031-01-01 08:00", tz: "UTC", email: "nobody" });
    assert.match((await open()).join(), /An email when/);
  });

  it("has shortcuts to common moments", async (visitor) => {
    await stopClock(visitor);
    await visitor.go("/put");
    assert.deepEqual(await marked(visitor), ["In a year"]);
    assert.ok(await visitor.page.evaluate(() => {
      const [chips, field] = [document.getElementById("shortcuts"), document.getElementById("time")];
      return chips && field && chips.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING;
    }), "the shortcuts stand before the field");
    const time = visitor.page.locator("#time");
    for (const [name, expected] of Object.entries({
      "In a month": "2030-02-01T00:00",
      "In a year": "2031-01-01T00:00",
      "In ten years": "2040-01-01T00:00",
    })) {
      await visitor.page.getByRole("button", { name }).click();
      assert.equal(await time.inputValue(), expected);
      assert.deepEqual(await marked(visitor), [name]);
    }
    await visitor.fill({ time: "2040-01-01T00:01" });
    assert.deepEqual(await marked(visitor), []);
    await visitor.page.getByRole("button", { name: "A birthday" }).click();
    const birthday = visitor.page.getByLabel("Date of birth");
    for (const [date = "", expected] of [
      ["1990-05-12", "2030-05-12T00:00"],
      ["1990-01-01", "2031-01-01T00:00"],
      ["1992-02-29", "2030-02-28T00:00"],
    ]) {
      await birthday.fill(date);
      assert.equal(await time.inputValue(), expected);
      assert.deepEqual(await marked(visitor), ["A birthday"]);
    }
    await birthday.fill("2028-02-29");
    await visitor.page.getByLabel("Which birthday?").fill("18");
    assert.equal(await time.inputValue(), "2046-02-28T00:00");
    await visitor.page.getByLabel("Which birthday?").fill("x");
    assert.equal(await time.inputValue(), "2030-02-28T00:00");
    await visitor.expectSound();
    await visitor.fill({ name: "Alice", content: "words" });
    await visitor.submit();
    assert.ok(!visitor.sent.some(({ body }) => /1992|2028-02-29/.test(body)), "the birthday stays here");
  });

  it("proposes the first moment there is where clocks skip a birthday's midnight", { zone: "Africa/Cairo" }, async (visitor) => {
    await stopClock(visitor);
    await visitor.go("/put");
    await visitor.page.getByRole("button", { name: "A birthday" }).click();
    await visitor.page.getByLabel("Date of birth").fill("1990-04-26");
    assert.equal(await visitor.page.locator("#time").inputValue(), "2030-04-26T01:00");
    assert.match((await words(visitor)) ?? "", /26 April 2030.*01:00 \(Africa\/Cairo, UTC\+03:00\)/);
  });

  for (const zone of ["Etc/GMT+5", "EST5EDT", "GMT", "UTC"]) {
    it(`presets a zone that is no place: ${zone}`, { zone }, async (visitor) => {
      await visitor.go("/put");
      const preset = await visitor.page.locator("#tz").inputValue();
      assert.ok(preset === zone || (zone === "EST5EDT" && preset === "America/New_York"), preset); // as some browsers call it
      assert.match((await words(visitor)) ?? "", zone === "UTC" ? /\(UTC\)/ : new RegExp(`${preset.replace("+", ".")}, UTC[+-]0\\d:00`));
      await visitor.fill({ name: "Alice", content: "words" });
      assert.equal((await visitor.submit()).status(), 200);
    });
  }

  it("clears the words where the browser lacks a zone, and keeps the shortcuts", async (visitor) => {
    await stopClock(visitor);
    await visitor.go("/put");
    assert.notEqual(await words(visitor), "");
    await visitor.page.locator("#tz").evaluate((e) => {
      if (e instanceof HTMLSelectElement) e.add(new Option("Mars/Olympus"));
    });
    await visitor.fill({ tz: "Mars/Olympus" });
    assert.equal(await words(visitor), "");
    assert.ok(await visitor.page.locator("[name=instant]").isDisabled());
    await visitor.page.getByRole("button", { name: "In a month" }).click();
    assert.equal(await visitor.page.locator("#time").inputValue(), "2030-02-01T00:00");
  });

  /** Names of what a browser of that time lacks. @type {[string, string[], RegExp][]} */
  const OLDER = [
    ["Chromium 94 and Safari 15.3", ["longOffset"], /^Friday,? 1 February 2030.*UTC\)\. That is 1 month/],
    ["Safari 14.0", ["longOffset", "dateStyle", "timeStyle", "ListFormat", "unit"], /^$/],
  ];
  for (const [name, lacks, says] of OLDER) {
    it(`keeps instant, shortcuts and passphrase in ${name}`, async (visitor) => {
      const { page } = visitor;
      await page.addInitScript((missing) => {
        /** @param {"DateTimeFormat" | "NumberFormat"} of */
        const narrow = (of) => {
          /** @type {any} */ (Intl)[of] = new Proxy(Intl[of], {
            construct(target, [locale, options]) {
              for (const [option, value] of Object.entries(options ?? {})) {
                if (missing.includes(option) || missing.includes(value)) throw new RangeError(option);
              }
              return Reflect.construct(target, [locale, options]);
            },
          });
        };
        narrow("DateTimeFormat");
        narrow("NumberFormat");
        if (missing.includes("ListFormat")) delete (/** @type {any} */ (Intl).ListFormat);
      }, lacks);
      await stopClock(visitor);
      await visitor.go("/put");
      await page.getByRole("button", { name: "In a month" }).click();
      assert.match((await words(visitor)) ?? "", says);
      assert.equal(await page.locator("#time").inputValue(), "2030-02-01T00:00");
      assert.equal(await page.locator("[name=instant]").inputValue(), String(Date.UTC(2030, 1, 1) / 1000));
      await visitor.fill({ name: "Alice", content: "words" });
      await page.locator("#seal summary").click();
      await page.locator("#passphrase").fill("correct horse");
      await page.locator("#passphrase-again").fill("correct horse");
      assert.equal((await visitor.submit()).status(), 200);
    });
  }

  it("takes what shows nothing for nothing, as the server does", async (visitor) => {
    await visitor.go("/put");
    await visitor.fill({ name: "\u2003\u0085\u1680\u202f", content: "\u200b\u2800\u3164\ufeff" });
    await button(visitor).click();
    assert.deepEqual(await visitor.page.getByRole("alert").locator("li").allTextContents(), ["Say whom it is from.", "Write a message."]);
  });

  for (const [lang, theme, width] of /** @type {const} */ ([["en", "light", 1280], ["zh-CN", "dark", 320]])) {
    it(`asks which moment is meant where the server reads another, ${lang}`, { lang, theme, width }, async (visitor) => {
      const { page } = visitor;
      const differ = () => sends(visitor, "instant", String(Date.UTC(2030, 5, 1, 13) / 1000));
      await visitor.go("/put");
      await visitor.fill({ name: "Alice", content: "words", time: "2030-06-01T12:00", tz: "UTC" });
      await differ();
      assert.equal((await visitor.submit()).status(), 422);
      assert.match((await page.locator("#time-error").textContent()) ?? "", /2030-06-01 13:00:00.*2030-06-01 12:00:00/);
      await visitor.expectSound();
      await visitor.shot("put_reading");
      await differ();
      assert.equal((await visitor.submit()).status(), 422, "nothing is chosen yet");
      await differ();
      await page.locator(lang === "en" ? "#reading-browser" : "#reading-server").check();
      assert.equal((await visitor.submit()).status(), 200);
      const opens = lang === "en" ? "2030-06-01T13:00:00Z" : "2030-06-01T12:00:00Z";
      assert.equal(await page.locator(".opens time").getAttribute("datetime"), opens);
    });
  }

  it("asks where the server knows no gap that the browser sees", async (visitor) => {
    const { page } = visitor;
    await visitor.go("/put");
    await visitor.fill({ name: "Alice", content: "words", time: "2030-03-31T02:30", tz: "Europe/Berlin" });
    assert.equal(await page.locator("[name=instant]").inputValue(), String(Date.UTC(2030, 2, 31, 1) / 1000));
    assert.equal((await visitor.submit()).status(), 422, "both see it");
    assert.equal(await page.locator("[name=reading]").count(), 0);
    await sends(visitor, "tz", "UTC"); // where the server takes it, without a gap
    assert.equal((await visitor.submit()).status(), 422);
    assert.match((await page.locator("#time-error").textContent()) ?? "", /2030-03-31 01:00:00.*2030-03-31 02:30:00/);
    assert.equal(await page.locator("[name=reading]").count(), 2);
  });

  it("is there in another language, with what was typed, after an answer that knows nothing of it", async (visitor) => {
    const { page } = visitor;
    await visitor.go("/put");
    await visitor.fill({ name: "Alice", content: "half a letter" });
    await page.route("**/put", (route) => route.continue({ postData: "x".repeat(1_200_000) }), { times: 1 });
    assert.equal((await visitor.submit()).status(), 413);
    await visitor.expectSound();
    assert.equal((await visitor.press(".languages a[lang=zh-CN]")).status(), 200);
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
    assert.equal(await page.locator("#content").inputValue(), "half a letter");
  });

  it("keeps a draft until the capsule is sealed", async (visitor) => {
    await visitor.go("/put");
    await visitor.fill({ name: "Alice", content: "half a letter", tips: "patience!", mail_key: false });
    await draftHas(visitor, "half a letter");
    const once = await visitor.page.locator("[name=once]").inputValue();
    await visitor.go("/introduce");
    await visitor.go("/put?lang=zh-CN");
    assert.equal(await visitor.page.locator("#content").inputValue(), "half a letter");
    assert.equal(await visitor.page.locator("#mail_key").isChecked(), false);
    assert.equal(await visitor.page.locator("[name=once]").inputValue(), once);
    assert.ok(await visitor.page.locator("#draft-note").isVisible());
    await visitor.expectSound();
    await visitor.submit();
    await visitor.key();
    assert.equal(await visitor.page.evaluate(() => sessionStorage.length), 0);
    await visitor.go("/put");
    assert.equal(await visitor.page.locator("#content").inputValue(), "");
  });

  it("is empty for whoever goes back to it from the key", async (visitor) => {
    await visitor.put({ content: "for one pair of eyes" });
    await visitor.page.evaluate(() => dispatchEvent(new Event("afterprint"))); // it may be left
    await visitor.page.goBack();
    await visitor.page.waitForFunction(() => history.state === null
      && document.querySelector("textarea")?.value === "");
  });

  it("forgets a draft when asked to", async (visitor) => {
    await visitor.go("/put");
    await visitor.fill({ content: "half a letter" });
    await draftHas(visitor, "half a letter");
    await visitor.go("/put");
    const reloaded = visitor.page.waitForEvent("load");
    await visitor.page.getByRole("button", { name: "Start afresh" }).click();
    await reloaded;
    assert.equal(await visitor.page.locator("#content").inputValue(), "");
    assert.equal(await visitor.page.evaluate(() => sessionStorage.length), 0);
  });

  it("is sent once, however often its button is pressed", async (visitor) => {
    const { page } = visitor;
    const posts = () => visitor.sent.filter(({ method }) => method === "POST");
    await visitor.go("/put");
    await visitor.fill({ name: "Alice", content: "words" });
    let release = () => {};
    const held = new Promise((resolve) => (release = () => resolve(undefined)));
    await page.route("**/put", async (route) => {
      await held;
      await route.continue();
    });
    const before = await button(visitor).innerText();
    const first = page.waitForRequest((request) => request.method() === "POST");
    // Playwright's own clicks would wait for the answer.
    const pressed = await button(visitor).evaluate(async (/** @type {HTMLButtonElement} */ e) => {
      e.click();
      e.click();
      e.form?.requestSubmit();
      await new Promise((resolve) => setTimeout(resolve, 100));
      e.click();
      return { disabled: e.getAttribute("aria-disabled"), says: e.innerText };
    });
    assert.equal(pressed.disabled, "true");
    assert.notEqual(pressed.says, before);
    await first;
    assert.equal(posts().length, 1);
    release();
    await page.locator("#capsule-key").waitFor();
    assert.equal(posts().length, 1);
  });

  it("lets others join in before it goes", async (visitor) => {
    await visitor.go("/put");
    await visitor.fill({ name: "Alice", content: "plain" });
    await visitor.page.evaluate(() => {
      const form = /** @type {HTMLFormElement} */ (document.getElementById("put-form"));
      let refused = false;
      form.addEventListener("prepare", (event) => {
        const { wait } = /** @type {CustomEvent} */ (event).detail;
        if (refused) return wait(Promise.resolve());
        refused = true;
        wait(Promise.reject({ field: "content", message: "Not like this." }));
      });
      form.addEventListener("formdata", ({ formData }) => formData.set("content", "changed"));
    });
    await button(visitor).click();
    await visitor.page.getByRole("alert").getByText("Not like this.").waitFor();
    assert.equal(await visitor.page.locator("#content-error").textContent(), "Not like this.");
    await visitor.submit();
    await visitor.key();
    const posts = visitor.sent.filter(({ method }) => method === "POST");
    assert.equal(posts.length, 1);
    assert.match(posts[0]?.body ?? "", /content=changed/);
  });
});
