/** Opened capsules whose message is encrypted: decrypted in its place, by nobody but the page. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { suite } from "./support/suite.mjs";
import { ask, legacyContents } from "./support/tc2.mjs";

/** @typedef {import("./support/visitor.mjs").Visitor} Visitor */
/** @typedef {import("./support/server.mjs").Server} Server */

const START = "2030-01-01T00:00:00Z";
const OPENS = Date.UTC(2030, 5, 1) / 1000;
const SECRET = "correct horse 口令";

/** @param {string} message @param {number} [opens_at] */
async function sealed(message, opens_at = OPENS) {
  return (await ask({ do: "seal", passphrase: SECRET, message, opens_at })).text;
}

/**
 * Puts a capsule with that content and opens it at its time.
 * @param {Visitor} visitor @param {Server} server @param {string} content
 */
async function opened(visitor, server, content) {
  await visitor.setClock(START);
  const key = await server.put({ content, opens_at: OPENS });
  await visitor.setClock(OPENS);
  assert.equal((await visitor.open(key)).status(), 200);
}

/** Tries a passphrase and returns what the page says then. @param {Visitor} visitor @param {string} passphrase */
async function attempt({ page }, passphrase) {
  await page.locator("#passphrase").fill(passphrase);
  await page.locator("#unseal-form button").click();
  await page.waitForFunction(() => document.getElementById("unseal")?.getAttribute("aria-busy") === "false");
  return {
    status: await page.locator("#unseal-status").textContent(),
    fault: await page.locator("#unseal-fault").textContent(),
  };
}

/** @param {Visitor} visitor */
function message({ page }) {
  return page.locator("#capsule-content").evaluate((e) => e.textContent);
}

/** Where the focus is. @param {Visitor} visitor */
function focused({ page }) {
  return page.evaluate(() => document.activeElement?.id);
}

suite("an encrypted message", { clock: START }, ({ it }) => {
  it("is decrypted in its place, and nothing is asked of anybody", async (visitor, { server }) => {
    const words = "第一行\n  <b>two</b> & https://example.org/a \n\nthree 🎁\n";
    const text = await sealed(words);
    await opened(visitor, server, text);
    assert.equal(await message(visitor), text);
    assert.ok(await visitor.page.locator("#capsule-content").isHidden(), "cipher text is folded");
    const buttons = visitor.page.locator("[data-copy], [data-save]");
    assert.deepEqual(await buttons.allInnerTexts(), ["Copy the encrypted text", "Save the encrypted text"]);
    await visitor.expectKeyboard();
    const before = visitor.sent.length;
    const wrong = await attempt(visitor, "correct horse");
    assert.match(wrong.fault ?? "", /not the passphrase/);
    assert.equal(wrong.status, "");
    assert.equal(await message(visitor), text);
    assert.equal(await focused(visitor), "passphrase");
    await visitor.expectAccessible();
    const right = await attempt(visitor, SECRET);
    assert.match(right.status ?? "", /unchanged, and the opening time/);
    assert.equal(right.fault, "");
    assert.equal(await message(visitor), words);
    assert.equal(await focused(visitor), "capsule-content");
    assert.ok(await visitor.page.locator("#capsule-content").isVisible());
    assert.deepEqual(await buttons.allInnerTexts(), ["Copy the message", "Save as a file"]);
    assert.equal(await visitor.page.locator("#capsule-content b").count(), 0);
    assert.equal(await visitor.page.locator("#capsule-content a").getAttribute("href"), "https://example.org/a");
    assert.equal(await visitor.page.locator("[type=password]").count(), 0);
    assert.deepEqual(visitor.sent.slice(before), []);
    await visitor.expectSound();
  });

  it("makes the round trip from form to page", async (visitor) => {
    const messages = ["你好，二〇三〇年。\n再见！", "👩‍👩‍👧‍👦 e\u0301 \u{1F381}\t  ", "\n\nlines\n\n", `${"🎁".repeat(2500)}${"囊".repeat(2500)}`];
    await visitor.setClock(START);
    const keys = [];
    for (const content of messages) {
      await visitor.go("/put");
      await visitor.fill({ name: "李雷", content, time: "2030-06-01T00:00", tz: "UTC" });
      await visitor.page.locator("#seal summary").click();
      await visitor.page.locator("#passphrase").fill(SECRET);
      await visitor.page.locator("#passphrase-again").fill(SECRET);
      assert.equal((await visitor.submit()).status(), 200);
      keys.push(await visitor.key());
    }
    await visitor.setClock(OPENS);
    for (const [i, key] of keys.entries()) {
      await visitor.open(key);
      await attempt(visitor, SECRET);
      assert.equal(await message(visitor), messages[i]);
    }
  });

  it("says that it is damaged", async (visitor, { server }) => {
    const text = await sealed("words");
    const end = text.length - 10;
    await opened(visitor, server, `${text.slice(0, end)}${text[end] === "A" ? "B" : "A"}${text.slice(end + 1)}`);
    assert.match((await attempt(visitor, "another")).fault ?? "", /not the passphrase/);
    assert.match((await attempt(visitor, SECRET)).fault ?? "", /damaged/);
    await visitor.expectSound();
    // In the header it shows before a passphrase is asked for.
    await opened(visitor, server, `${text.slice(0, 60)}${text[60] === "A" ? "B" : "A"}${text.slice(61)}`);
    await visitor.page.waitForFunction(() => /damaged/.test(document.getElementById("unseal-fault")?.textContent ?? ""));
    assert.equal(await visitor.page.locator("#unseal-form").count(), 0);
    await visitor.expectAccessible();
  });

  it("warns when it was sealed for another time than the server's", async (visitor, { server }) => {
    const [honest, other] = [await sealed("words"), await sealed("words", OPENS + 86400)];
    await visitor.context.route("**/open", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace(honest, other) });
    });
    await opened(visitor, server, honest);
    const { fault } = await attempt(visitor, SECRET);
    assert.match(fault ?? "", /Beware: .*2 June 2030.*1 June 2030/s);
    assert.ok(await visitor.page.locator("#unseal-fault").isVisible());
    assert.equal(await visitor.page.locator("#unseal-fault").getAttribute("role"), "alert");
    assert.equal(await message(visitor), "words");
    await visitor.expectSound();
  });

  it("leaves the page usable while it works, and says so", async (visitor, { server }) => {
    const { text } = await ask({ do: "seal", passphrase: SECRET, message: "slow", opens_at: OPENS, rounds: 5000000 });
    await opened(visitor, server, text);
    const { page } = visitor;
    await page.locator("#passphrase").fill(SECRET);
    const seen = await page.evaluate(async () => {
      const box = document.getElementById("unseal");
      const status = document.getElementById("unseal-status");
      document.querySelector("#unseal-form button")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      let ticks = 0;
      const told = status?.textContent;
      while (box?.getAttribute("aria-busy") === "true") {
        await new Promise((resolve) => setTimeout(resolve, 1));
        ticks += 1;
      }
      return { ticks, told };
    });
    assert.match(seen.told ?? "", /Working/);
    assert.ok(seen.ticks > 3, `only ${seen.ticks} turns of the page's loop`);
    assert.equal(await message(visitor), "slow");
  });

  it("can be saved as one page that opens itself, from a file and without a network", async (visitor, { server, arrive }) => {
    const words = "🎁".repeat(2000) + "第一行\n<script>alert(1)</script> & \"two\"\n".repeat(80);
    await opened(visitor, server, await sealed(words));
    await attempt(visitor, SECRET); // what is saved is sealed all the same
    const { name, text } = await visitor.download("#save-sealed");
    assert.match(name, /-2030-06-01\.html$/);
    assert.ok(Buffer.byteLength(text) <= 65536, `${Buffer.byteLength(text)} bytes`);
    const outside = /https?:|\/\/\w+\.|src=|href=|\burl\(|\bimport\b.*\bfrom\b/.exec(text);
    assert.equal(outside, null, `it names something outside: ${outside}`);

    const other = await arrive({ lang: "zh-CN" });
    other.guard.allow(/request to another origin: file:/);
    await other.context.setOffline(true);
    const path = `${server.folder}/sealed.html`;
    await writeFile(path, text);
    const { page } = other;
    await page.goto(`file://${path}`);
    await other.expectAccessible();
    const tried = async (/** @type {string} */ passphrase, /** @type {string} */ told) => {
      await page.fill("#passphrase", passphrase);
      await page.click("button");
      await page.waitForFunction((start) => document.getElementById("outcome")?.textContent?.startsWith(start), told);
    };
    await tried("correct horse", "This is not the passphrase");
    assert.match(await page.locator("#message").innerText(), /^TC2\./);
    await tried(SECRET, "Decrypted");
    assert.equal(await page.locator("#message").evaluate((e) => e.textContent), words);
    assert.equal(await page.locator("#message *").count(), 0);
    await other.expectAccessible();
    await other.expectFits();
    assert.deepEqual(other.sent.filter(({ url }) => !url.startsWith("file:")), []);
  });

  it("stays as it is stored without script", { js: "blocked" }, async (visitor, { server }) => {
    const text = await sealed("words");
    await opened(visitor, server, text);
    assert.equal(await message(visitor), text);
    assert.equal(await visitor.page.locator("#unseal input").count(), 0);
    await visitor.expectSound();
    assert.match(await visitor.source(), /<noscript>.*switch JavaScript on/);
  });

  it("says why it cannot be decrypted without WebCrypto", { plain: true }, async (visitor, { server }) => {
    visitor.guard.allow(/Cross-Origin-Opener-Policy/);
    await opened(visitor, server, await sealed("words"));
    const fault = visitor.page.locator("#unseal-fault");
    assert.match(await fault.innerText(), /plain http.*https address/s);
    await visitor.expectSound();
  });
});

suite("a message of the original site", { clock: START }, ({ it }) => {
  it("opens, also when it was encrypted twice", async (visitor, { server }) => {
    for (const { what, text, passphrases, stored } of legacyContents()) {
      await opened(visitor, server, stored);
      assert.match(await visitor.page.locator("#unseal").innerText(), /older capsule.*weaker/s);
      const [outer = "", inner = outer] = passphrases;
      let told = await attempt(visitor, outer);
      if (inner !== outer) {
        assert.match(told.status ?? "", /One layer is open/, what);
        assert.match((await attempt(visitor, outer)).fault ?? "", /did not open/);
        told = await attempt(visitor, inner);
      }
      assert.equal(await message(visitor), text, what);
      assert.match(told.status ?? "", /weak: nothing proves/, what);
      assert.equal(await focused(visitor), "capsule-content");
    }
    await visitor.expectSound();
  });

  it("opens as OpenSSL writes it since 1.1, behind blanks too, and names how", async (visitor, { server }) => {
    /** openssl enc -aes-256-cbc OPTIONS -a @type {Record<string, string>} */
    const written = {
      "-md sha256": "U2FsdGVkX19K5h0RJaY0i29FZNrZqt5UlZlNH/uXiv/bW6w6cQTG8Dul3EF+wJ8Z\n4n3WGDIyz3kpiK/ZNmpGqg==\n",
      "-pbkdf2": "U2FsdGVkX18ccQotpOtCTqYCYH2ufeFMybQXTl2iqqf2UhFtpJl4NYOmdVG7TBrS\nC+NgyLq0eYcRKmgfCWW9nQ==\n",
    };
    for (const [i, [options, text]] of Object.entries(written).entries()) {
      await opened(visitor, server, `${["\ufeff", " \n\u3000"][i]}${text}`);
      assert.match((await attempt(visitor, "correct horse")).fault ?? "", /did not open/);
      const { status } = await attempt(visitor, SECRET);
      assert.equal(await message(visitor), "Written by OpenSSL, 用一点一。\n");
      assert.ok(status?.includes(`with ${options}.`), status ?? "");
    }
    await visitor.expectSound();
  });

  it("has one honest word for every failure", { lang: "zh-CN", width: 320 }, async (visitor, { server }) => {
    const [whole] = legacyContents();
    const stored = whole?.stored.replaceAll("\r", "") ?? "";
    const faults = new Set();
    const damaged = [stored.slice(0, -8), stored.replace("qwjm", "AAAA"), `${stored}!`, "U2FsdGVkX1", "U2FsdGVkX1+qwjmJ6bGZ0g=="];
    for (const content of [stored, ...damaged]) {
      await opened(visitor, server, content);
      faults.add((await attempt(visitor, content === stored ? "Correct horse" : "correct horse")).fault);
      assert.equal(await message(visitor), content);
      assert.equal(await focused(visitor), "passphrase");
    }
    assert.equal(faults.size, 1, [...faults].join());
    await visitor.expectSound();
  });
});
