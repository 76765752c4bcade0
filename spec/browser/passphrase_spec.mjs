/** A passphrase on the put form: encrypted inside submit, and nothing else leaves the page. */
import assert from "node:assert/strict";
import { WITH_MAIL } from "./support/server.mjs";
import { suite } from "./support/suite.mjs";
import { ask } from "./support/tc2.mjs";

/** @typedef {import("./support/visitor.mjs").Visitor} Visitor */

const START = "2030-01-01T00:00:00Z";
const SECRET = "correct horse battery staple";
const NOON = Date.UTC(2031, 5, 1, 12) / 1000;
const WORDS = "for my eyes alone";

/**
 * Opens the part with the passphrase and types it twice.
 * @param {Visitor} visitor @param {string} [passphrase] @param {string} [again]
 */
async function choose({ page }, passphrase = SECRET, again = passphrase) {
  await page.locator("#seal summary").click();
  await page.locator("#passphrase").fill(passphrase);
  await page.locator("#passphrase-again").fill(again);
}

/**
 * Fills the form, with a passphrase, for noon on 1 June 2031.
 * @param {Visitor} visitor @param {Record<string, string>} [fields]
 */
async function write(visitor, fields = {}) {
  await visitor.go("/put");
  await visitor.fill({ name: "Alice", content: WORDS, time: "2031-06-01T12:00", tz: "UTC", ...fields });
  await choose(visitor);
}

/** What the forms said that were sent. @param {Visitor} visitor */
function posted({ sent }) {
  return sent.filter(({ method }) => method === "POST").map(({ body }) => new URLSearchParams(body));
}

/** The encrypted texts that were sent. @param {Visitor} visitor */
function texts(visitor) {
  return posted(visitor).map((form) => form.get("content") ?? "");
}

/**
 * Fails when a secret is in anything that left the browser, however it is written there.
 * @param {Visitor} visitor @param {string[]} secrets
 */
function expectUnsent(visitor, ...secrets) {
  const all = visitor.sent.map(({ url, body }) => `${url}\n${body}`).join("\n");
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret), new URLSearchParams({ s: secret }).toString().slice(2), btoa(secret)]) {
      assert.ok(!all.includes(form), `'${form}' has left the page`);
    }
  }
}

/** Sends the form and waits until the page says what is wrong with a field. @param {Visitor} visitor @param {string} field */
async function refusedAt({ page, sent }, field) {
  const before = sent.length;
  await page.locator("#put-form [type=submit]").click();
  const line = page.locator(`#${field}-error`);
  await line.waitFor();
  assert.ok(await page.locator(`#${field}`).evaluate((e) => e === document.activeElement));
  assert.equal(sent.slice(before).filter(({ method }) => method === "POST").length, 0);
  return (await line.textContent()) ?? "";
}

suite("a passphrase on the put form", { clock: START, args: WITH_MAIL }, ({ it }) => {
  it("encrypts inside submit, and neither it nor the message leaves the page", async (visitor) => {
    await write(visitor, { tips: "patience" });
    assert.equal((await visitor.submit()).status(), 200);
    const [form] = posted(visitor);
    assert.deepEqual([...new Set(form?.keys())].sort(),
      ["content", "email", "gather_most", "gather_until", "instant", "mail_key", "name", "once", "time", "tips", "to", "tz"]);
    assert.equal(form?.get("name"), "Alice");
    assert.deepEqual(await ask({ do: "open", passphrase: SECRET, text: form?.get("content") }),
      { message: WORDS, opens_at: NOON });
    expectUnsent(visitor, WORDS, SECRET);
    assert.match(await visitor.page.locator("main").innerText(), /nobody can recover either/);
    await visitor.expectSound();
  });

  it("is kept where a refused form is asked for in another language", async (visitor) => {
    const { page } = visitor;
    await write(visitor, { email: "nobody", content: "first" });
    assert.equal((await visitor.submit()).status(), 422);
    await page.locator("#unlock").fill(SECRET);
    await page.locator("#unlock-button").click();
    await page.waitForFunction(() => document.querySelector("textarea")?.value === "first");
    await visitor.fill({ content: WORDS, name: "" });
    assert.equal((await visitor.press("nav button[lang='zh-CN']")).status(), 422);
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
    assert.match((await page.locator("#email-error").textContent()) ?? "", /邮箱/);
    assert.deepEqual(await ask({ do: "open", passphrase: SECRET, text: await page.locator("#content").inputValue() }),
      { message: WORDS, opens_at: NOON });
    expectUnsent(visitor, WORDS, SECRET);
    await visitor.fill({ name: "Alice", email: "" });
    assert.equal((await visitor.submit()).status(), 200);
    await page.locator("#capsule-key").waitFor();
  });

  it("is hidden, shown, or made up, and is judged", async (visitor) => {
    await write(visitor);
    const { page } = visitor;
    const [field, again, told] = [page.locator("#passphrase"), page.locator("#passphrase-again"), page.locator("#passphrase-strength")];
    assert.equal(await told.getAttribute("role"), "status");
    await page.waitForFunction(() => /^Fair/.test(document.getElementById("passphrase-strength")?.textContent ?? ""));
    assert.equal(await field.getAttribute("type"), "password");
    await visitor.expectSound();
    await page.locator("#passphrase-shown").check();
    for (const one of [field, again]) assert.equal(await one.getAttribute("type"), "text");
    await page.locator("#passphrase-shown").uncheck();
    for (const one of [field, again]) assert.equal(await one.getAttribute("type"), "password");
    await field.fill("hello");
    await page.waitForFunction(() => /^Weak/.test(document.getElementById("passphrase-strength")?.textContent ?? ""));

    const lists = () => visitor.sent.filter(({ url }) => url.includes("/static/words/")).length;
    assert.equal(lists(), 0);
    await page.locator("#passphrase-make").click();
    await page.waitForFunction(() => /70 bits/.test(document.getElementById("passphrase-strength")?.textContent ?? ""));
    assert.equal(lists(), 1);
    const made = await field.inputValue();
    assert.match(made, /^([a-z]+ ){6}[a-z]+$/);
    assert.equal(await again.inputValue(), made);
    assert.equal(await field.getAttribute("type"), "text");
    assert.equal(await page.locator("#passphrase-words").innerText(), made);
    await page.locator("#passphrase-shown").uncheck();
    assert.ok(await page.locator("#passphrase-words").isHidden());
    assert.equal((await visitor.submit()).status(), 200);
    assert.equal((await ask({ do: "open", passphrase: made, text: texts(visitor)[0] })).message, WORDS);
    expectUnsent(visitor, made);
  });

  it("is typed twice, needs a moment, and says what is missing", async (visitor) => {
    await write(visitor);
    const { page } = visitor;
    await page.locator("#passphrase-again").fill(`${SECRET}.`);
    assert.match(await refusedAt(visitor, "passphrase-again"), /differ/);
    await visitor.expectAccessible();
    await page.locator("#passphrase").fill("");
    assert.match(await refusedAt(visitor, "passphrase-again"), /differ/);
    await page.locator("#passphrase").fill(SECRET);
    await page.locator("#passphrase-again").fill(SECRET);
    await visitor.fill({ time: "2031-03-30T02:30", tz: "Europe/Berlin" });
    assert.match(await refusedAt(visitor, "time"), /opening time/);
    await visitor.fill({ time: "2031-10-26T02:30" }); // twice that night: the later one counts
    assert.equal((await visitor.submit()).status(), 200);
    assert.equal((await ask({ do: "open", passphrase: SECRET, text: texts(visitor)[0] })).opens_at, Date.UTC(2031, 9, 26, 1, 30) / 1000);
  });

  it("seals the very second that the server reads in the form", async (visitor) => {
    const moments = [
      ["Asia/Shanghai", "2040-02-29T23:59"], ["America/New_York", "2050-07-01T12:00"], ["Asia/Kathmandu", "2031-01-01T00:00"],
      ["Australia/Lord_Howe", "2031-04-06T01:45"], ["Pacific/Chatham", "2060-12-31T23:59"], ["Europe/Dublin", "2031-10-26T01:30"],
      ["America/St_Johns", "2124-07-01T00:00"], ["Pacific/Apia", "2031-01-01T00:00:30"], ["UTC", "2038-01-19T03:14:08"],
    ];
    await visitor.go("/put");
    for (const [tz = "", time = ""] of moments) {
      const read = await visitor.page.evaluate(([zone = "", wall = ""]) => {
        for (const [id, value] of Object.entries({ tz: zone, time: wall })) {
          const field = /** @type {HTMLInputElement} */ (document.getElementById(id));
          field.value = value;
          field.dispatchEvent(new Event(id === "tz" ? "change" : "input", { bubbles: true }));
        }
        return Number(document.getElementById("moment-words")?.dataset.instant);
      }, [tz, time]);
      const answer = await fetch(`${visitor.server.url}/put`, {
        method: "POST", body: new URLSearchParams({ name: "A", content: "a", time, tz }),
      });
      const [, shown = ""] = /<time datetime="([^"]+)"/.exec(await answer.text()) ?? [];
      assert.equal(read, Date.parse(shown) / 1000, `${time} in ${tz}`);
    }
  });

  it("leaves no draft", async (visitor) => {
    await visitor.go("/put");
    await visitor.fill({ name: "Alice", content: WORDS });
    const draft = () => visitor.page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
    await visitor.page.waitForFunction((words) => JSON.stringify({ ...sessionStorage }).includes(words), WORDS);
    await choose(visitor);
    await visitor.page.waitForFunction((words) => !JSON.stringify({ ...sessionStorage }).includes(words), WORDS);
    await visitor.fill({ content: `${WORDS}, and more` });
    await visitor.go("/");
    assert.ok(!(await draft()).includes(WORDS));
    assert.ok(!(await draft()).includes(SECRET));
    await visitor.go("/put");
    assert.equal(await visitor.page.locator("#content").inputValue(), "");
    assert.ok(await visitor.page.locator("#draft-note").isHidden());
  });

  it("keeps the browser from storing the message for coming back", async (visitor) => {
    await write(visitor);
    const content = visitor.page.locator("#content");
    assert.equal(await content.getAttribute("autocomplete"), "off");
    await visitor.page.locator("#passphrase").fill("");
    assert.equal(await content.getAttribute("autocomplete"), null);
  });

  it("never lets the message go in the clear, whoever sends the form", async (visitor) => {
    await write(visitor);
    await visitor.page.evaluate(() => document.querySelector("form")?.submit());
    await visitor.page.waitForURL("**/put");
    await visitor.page.locator("#content-error").waitFor();
    assert.deepEqual(texts(visitor), [""]);
    expectUnsent(visitor, WORDS, SECRET);
  });

  it("sends the same text again when the answer was lost, and another for another message", async (visitor) => {
    await write(visitor);
    // 204: the browser stays where it is, as it does when the connection breaks in time.
    await visitor.context.route("**/put", (route) =>
      route.request().method() === "POST" ? route.fulfill({ status: 204 }) : route.continue());
    const send = async () => {
      const answered = visitor.page.waitForResponse((r) => r.request().method() === "POST");
      await visitor.page.evaluate(() => void dispatchEvent(new Event("pageshow"))); // it may be sent again
      await visitor.page.locator("#put-form [type=submit]").click();
      await answered;
    };
    await send();
    await send();
    await visitor.fill({ content: "something else" });
    await send();
    const [first, second, third] = texts(visitor);
    assert.match(first ?? "", /^TC2\./);
    assert.equal(second, first);
    assert.equal((await ask({ do: "open", passphrase: SECRET, text: third })).message, "something else");
    visitor.guard.allow(/ERR_ABORTED/);
    visitor.guard.take();
  });

  it("can be used from the keyboard alone", async (visitor) => {
    await visitor.go("/put");
    await visitor.fill({ name: "Alice", content: WORDS });
    const { page } = visitor;
    const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.localName);
    await page.locator("#content").focus();
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "summary");
    await page.keyboard.press("Enter");
    await page.locator("#passphrase").waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "passphrase");
    await page.keyboard.type("two words");
    await page.keyboard.press("Tab");
    await page.keyboard.type("two words");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "passphrase-shown");
    await page.keyboard.press("Space");
    assert.ok(await page.locator("#passphrase-shown").isChecked());
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "passphrase-make");
    await page.locator("#passphrase").focus();
    const answered = page.waitForResponse((r) => r.request().method() === "POST");
    await page.keyboard.press("Enter");
    assert.equal((await answered).status(), 200);
    assert.match(texts(visitor)[0] ?? "", /^TC2\./);
  });

  for (const lang of /** @type {const} */ (["en", "zh-CN"])) {
    it(`is sound in ${lang} on a small dark screen`, { lang, theme: "dark", width: 320 }, async (visitor) => {
      await visitor.go("/put");
      await visitor.page.evaluate(() => document.getElementById("seal")?.setAttribute("open", ""));
      await visitor.page.locator("#passphrase").waitFor();
      await visitor.expectKeyboard();
      await visitor.page.locator("#passphrase-make").click();
      await visitor.page.waitForFunction(() => /70/.test(document.getElementById("passphrase-strength")?.textContent ?? ""));
      await visitor.expectSound();
    });
  }

  it("is fetched when it is opened, once, and again where that has failed", async (visitor) => {
    const { page } = visitor;
    const asked = () => visitor.sent.filter(({ url }) => url.includes("/passphrase/")).length;
    const press = () => page.locator("#seal summary").click();
    visitor.guard.allow(/passphrase\/en|ERR_FAILED/);
    await visitor.go("/put");
    assert.equal(asked(), 0);
    await page.route("**/put/passphrase/*", (route) => route.abort(), { times: 1 });
    const failed = page.waitForEvent("requestfailed");
    await press();
    await failed;
    for (let time = 0; time < 4; time++) await press();
    await page.locator("#passphrase").waitFor();
    assert.deepEqual([asked(), await page.locator("#passphrase").count()], [2, 1]);
    await visitor.go("/put/passphrase/en");
    await visitor.expectValid();
  });

  it("has no field before it encrypts", async (visitor) => {
    const { page } = visitor;
    visitor.guard.allow(/exception|seal/);
    await page.route("**/js/put/seal*", (route) => route.abort());
    await visitor.go("/put");
    const failed = page.waitForEvent("requestfailed");
    await page.locator("#seal summary").click();
    await failed;
    assert.equal(await page.locator("[type=password]:visible").count(), 0);
  });

  it("is not there without script", { js: "blocked" }, async (visitor) => {
    await visitor.go("/put");
    assert.equal(await visitor.page.locator("[type=password]").count(), 0);
    assert.ok(await visitor.page.locator("#seal").isHidden());
    await visitor.expectSound();
  });

  it("is disabled where the browser cannot encrypt, and says why", { plain: true }, async (visitor) => {
    visitor.guard.allow(/Cross-Origin-Opener-Policy/); // needs https, too
    await visitor.go("/put");
    const { page } = visitor;
    await page.locator("#seal summary").click();
    await page.locator("#seal-unavailable").waitFor();
    assert.match(await page.locator("#seal-unavailable").innerText(), /plain http.*https address/s);
    for (const id of ["passphrase", "passphrase-again", "passphrase-make", "passphrase-shown"]) {
      assert.ok(await page.locator(`#${id}`).isDisabled(), id);
    }
    await visitor.expectSound();
    await visitor.fill({ name: "Alice", content: WORDS });
    assert.equal((await visitor.submit()).status(), 200);
    assert.deepEqual(texts(visitor), [WORDS]);
  });
});

suite("a browser that is too old to encrypt", { clock: START }, ({ it }) => {
  it("is told so", async (visitor) => {
    await visitor.context.addInitScript(() => Reflect.deleteProperty(globalThis, "FormDataEvent"));
    await visitor.go("/put");
    await visitor.page.locator("#seal summary").click();
    await visitor.page.locator("#seal-unavailable").waitFor();
    assert.match(await visitor.page.locator("#seal-unavailable").innerText(), /too old/);
    assert.ok(await visitor.page.locator("#passphrase").isDisabled());
  });
});

suite("a form that comes back encrypted", { clock: START, args: WITH_MAIL }, ({ it }) => {
  /** A form that the server refuses for its mailbox. @param {Visitor} visitor */
  async function refused(visitor) {
    await write(visitor, { email: "nobody" });
    assert.equal((await visitor.submit()).status(), 422);
    await visitor.page.locator("#seal-locked").waitFor();
    const text = texts(visitor)[0] ?? "";
    assert.equal(await visitor.page.locator("#content").inputValue(), text);
    assert.ok(await visitor.page.locator("#passphrase").isHidden());
    assert.ok(await visitor.page.locator("#content").isHidden(), "cipher text is folded");
    assert.match(await visitor.page.locator("#sealed-note").innerText(), /safe/);
    assert.ok(await visitor.page.locator("#sealed-time").isVisible());
    assert.equal(await visitor.page.locator("#seal summary").innerText(), "Read or change it");
    return text;
  }

  it("is sent as it is", async (visitor) => {
    const text = await refused(visitor);
    await visitor.fill({ email: "" });
    assert.equal((await visitor.submit()).status(), 200);
    assert.deepEqual(texts(visitor), [text, text]);
    expectUnsent(visitor, WORDS, SECRET);
  });

  it("is a message again with the passphrase, and is encrypted anew", async (visitor) => {
    const text = await refused(visitor);
    const { page } = visitor;
    await page.locator("#unlock").fill("something else");
    await page.locator("#unlock").press("Enter");
    await page.waitForFunction(() => /not the passphrase/.test(document.getElementById("unlock-status")?.textContent ?? ""));
    assert.equal(await page.locator("#content").inputValue(), text);
    await page.locator("#unlock").fill(SECRET);
    await page.locator("#unlock-button").click();
    await page.locator("#passphrase").waitFor();
    assert.equal(await page.locator("#content").inputValue(), WORDS);
    assert.ok(await page.locator("#content").isEditable());
    assert.equal(await page.locator("#sealed-note, #sealed-text, #sealed-time").count(), 0);
    assert.match(await page.locator("#seal summary").innerText(), /with a passphrase/);
    await visitor.expectAccessible();
    await visitor.fill({ content: `${WORDS}!`, email: "", time: "2031-06-01T12:01" });
    assert.equal((await visitor.submit()).status(), 200);
    assert.deepEqual(await ask({ do: "open", passphrase: SECRET, text: texts(visitor)[1] }),
      { message: `${WORDS}!`, opens_at: NOON + 60 });
    expectUnsent(visitor, WORDS, SECRET);
  });

  it("is not sent for another moment", async (visitor) => {
    await refused(visitor);
    await visitor.fill({ email: "", time: "2031-06-01T12:01" });
    assert.match(await refusedAt(visitor, "unlock"), /another time/);
    await visitor.expectAccessible();
    await visitor.fill({ time: "2031-06-01T12:00" });
    assert.equal((await visitor.submit()).status(), 200);
  });

  it("comes from a capsule that was taken back, too", { lang: "zh-CN" }, async (visitor) => {
    await write(visitor);
    assert.equal((await visitor.submit()).status(), 200);
    const { page } = visitor;
    page.on("dialog", (dialog) => dialog.accept());
    await visitor.key();
    await page.waitForLoadState();
    await page.locator("form[action='/put/undo'] button").click();
    await page.locator("#unlock").fill(SECRET);
    await page.locator("#unlock-button").click();
    await page.locator("#passphrase").waitFor();
    assert.equal(await page.locator("#content").inputValue(), WORDS);
  });

  it("leaves alone what only looks encrypted", async (visitor) => {
    await visitor.go("/put");
    await visitor.fill({ name: "Alice", content: "TC2. is my code name" });
    assert.equal((await visitor.submit()).status(), 422);
    await visitor.page.locator("#passphrase").waitFor();
    assert.ok(await visitor.page.locator("#seal-locked").isHidden());
    assert.ok(await visitor.page.locator("#content").isEditable());
  });
});

suite("a message that is too long once it is encrypted", { clock: START, args: ["--set", "sealed_max=2048"] }, ({ it }) => {
  it("is not sent", async (visitor) => {
    await write(visitor, { content: "x".repeat(1500) });
    assert.match(await refusedAt(visitor, "content"), /at most 2048/);
    await visitor.fill({ content: "x".repeat(900) });
    assert.equal((await visitor.submit()).status(), 200);
  });
});
