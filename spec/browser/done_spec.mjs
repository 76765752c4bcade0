/** The page that shows the key, once: copying, sharing, printing, and being careful when it is left. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { suite } from "./support/suite.mjs";

/** @typedef {import("./support/visitor.mjs").Visitor} Visitor */

const NOW = "2030-01-01T00:00:00Z";
const FORM = { name: "Ada", content: "words for later", time: "2030-06-01 12:00" };

/** @param {string} key */
const groups = (key) => key.replace(/(....)(?=.)/g, "$1-");

/** Tries to leave by a link; whether the browser asked first, in which case the visitor stays. @param {Visitor} visitor */
async function asksBeforeLeaving({ page }) {
  let asked = false;
  page.once("dialog", async (dialog) => {
    asked = dialog.type() === "beforeunload";
    await dialog.dismiss();
  });
  const left = page.waitForURL("**/introduce", { timeout: 5000 }).catch(() => {});
  await page.locator("header a[href='/introduce']").click({ noWaitAfter: true });
  while (!asked && new URL(page.url()).pathname !== "/introduce") await page.waitForTimeout(20);
  if (!asked) await left;
  return asked;
}

/** A file that holds the text. @param {Visitor} visitor @param {string} text */
async function keptFile(visitor, text) {
  const path = `${visitor.server.folder}/kept.html`;
  await writeFile(path, text);
  return path;
}

suite("the page with the key", { clock: NOW }, ({ it }) => {
  it("shows it large, in groups of four, and once", async (visitor) => {
    const key = await visitor.put(FORM);
    const shown = visitor.page.locator("#capsule-key");
    assert.equal(await shown.textContent(), groups(key));
    const size = await shown.evaluate((e) => parseFloat(getComputedStyle(e).fontSize));
    assert.ok(size >= 24, `${size} px`);
    assert.match(await shown.evaluate((e) => getComputedStyle(e).fontFamily), /[Mm]ono/);
    assert.ok(await visitor.page.locator(".once").isVisible());
    const digits = await shown.locator(".digit").allTextContents();
    assert.equal(digits.join(""), key.replace(/\D/g, ""));
  });

  it("breaks no word and no moment in two on a narrow phone", { lang: "zh-CN", width: 360 }, async (visitor) => {
    await visitor.put(FORM);
    const lines = await visitor.page.locator("#capsule-opens").evaluate((e) => [e.firstChild, e.querySelector("time")].map((node) => {
      const range = document.createRange();
      if (node) range.selectNodeContents(node);
      return range.getClientRects().length;
    }));
    assert.deepEqual(lines, [1, 1]);
  });

  it("copies the key and the link, and says so", async (visitor) => {
    const { page } = visitor;
    const key = await visitor.put(FORM);
    const link = `${visitor.server.url}/open#${key}`;
    const both = `${groups(key)}\nOpens on 1 June 2030, 12:00 (UTC)\n${link}`;
    for (const [what, text] of [["capsule-key", groups(key)], ["capsule-link", link], ["capsule-key capsule-opens capsule-link", both]]) {
      const button = page.locator(`[data-copy="${what}"]`);
      await button.click();
      await button.locator("~ [role=status]:not(:empty)").first().waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
      assert.equal(await button.locator("~ [role=status]:not(:empty)").first().innerText(), await button.getAttribute("data-done"));
    }
    await visitor.expectSound();
  });

  it("copies on a public name without https too", { plain: true }, async (visitor) => {
    await visitor.put(FORM);
    const button = visitor.page.locator("[data-copy=capsule-key]");
    await button.click();
    await visitor.page.locator("[data-copy=capsule-key] ~ [role=status]:not(:empty)").waitFor();
    assert.equal(await button.locator("~ [role=status]:not(:empty)").innerText(), await button.getAttribute("data-done"));
  });

  it("asks before it is left, until the key was copied", async (visitor) => {
    const { page } = visitor;
    await visitor.put(FORM);
    assert.ok(await asksBeforeLeaving(visitor));
    assert.ok(await page.locator("#capsule-key").isVisible());
    await page.click("[data-copy=capsule-key]");
    await page.locator("[data-copy=capsule-key] ~ [role=status]:not(:empty)").waitFor();
    assert.ok(!(await asksBeforeLeaving(visitor)));
  });

  it("asks no more once it was copied by hand, printed, or put into the calendar", async (visitor) => {
    const { page } = visitor;
    const ways = {
      async byHand() {
        await page.locator("#capsule-key").evaluate((e) => getSelection()?.selectAllChildren(e));
        await page.keyboard.press("Control+C");
      },
      async printed() {
        await page.evaluate(() => (window.print = () => void dispatchEvent(new Event("afterprint"))));
        await page.click("[data-print]");
      },
      async calendar() {
        await visitor.download("form[action='/put/calendar'] button");
      },
    };
    for (const [name, way] of Object.entries(ways)) {
      await visitor.put(FORM);
      await way();
      assert.ok(!(await asksBeforeLeaving(visitor)), name);
    }
  });

  it("shares the link where the device can share", async (visitor) => {
    const { page } = visitor;
    await page.addInitScript(() => {
      Object.defineProperty(navigator, "share", { value: async (/** @type {unknown} */ what) => sessionStorage.setItem("shared", JSON.stringify(what)) });
    });
    const key = await visitor.put(FORM);
    await page.click("#share-button");
    const shared = await page.evaluate(() => JSON.parse(sessionStorage.getItem("shared") ?? "{}"));
    assert.equal(shared.url, `${visitor.server.url}/open#${key}`);
    assert.ok(!(await asksBeforeLeaving(visitor)));
  });

  it("offers sharing first on a phone, and behind copying elsewhere", async (visitor, { arrive }) => {
    const canShare = () => Object.defineProperty(navigator, "share", { value: async () => {} });
    await visitor.page.addInitScript(canShare);
    await visitor.put(FORM);
    const first = ".key-section .actions button:visible";
    assert.equal(await visitor.page.locator(first).first().innerText(), "Copy key and link");
    const other = await arrive({ width: 360, touch: true });
    await other.page.addInitScript(canShare);
    await other.put(FORM);
    assert.equal(await other.page.locator(first).first().innerText(), "Share");
    await other.expectSound();
  });

  it("lets somebody try the key that was noted, and asks nobody for that", async (visitor) => {
    const { page } = visitor;
    const key = await visitor.put(FORM);
    const before = visitor.sent.length;
    const tried = async (/** @type {string} */ typed) => {
      await page.fill("#try-key", typed);
      await page.click("#try-form button");
      return page.locator("#try-outcome").innerText();
    };
    assert.match(await tried(key.toLowerCase() === key ? key.toUpperCase() : key.toLowerCase()), /not the key/);
    assert.match(await tried(""), /not the key/);
    await visitor.expectAccessible();
    assert.ok(await asksBeforeLeaving(visitor));
    assert.match(await tried(groups(key).replaceAll("-", " ")), /You have it/);
    assert.deepEqual(visitor.sent.slice(before), []);
    assert.ok(!(await asksBeforeLeaving(visitor)), "who has the key may go");
  });

  it("lets somebody try the passphrase too, by its commitment", async (visitor) => {
    const { page } = visitor;
    await visitor.go("/put");
    await visitor.fill(FORM);
    await page.locator("#seal summary").click();
    for (const id of ["#passphrase", "#passphrase-again"]) await page.fill(id, "correct horse 口令");
    assert.equal((await visitor.submit()).status(), 200);
    await page.fill("#try-key", await visitor.key());
    const tried = async (/** @type {string} */ passphrase, /** @type {RegExp} */ told) => {
      await page.fill("#try-passphrase", passphrase);
      await page.click("#try-form button");
      await page.waitForFunction((words) => new RegExp(words).test(document.getElementById("try-outcome")?.textContent ?? ""), told.source);
    };
    await tried("", /takes both/);
    await tried("correct horse", /not the passphrase/);
    await tried("correct horse\u00a0口令", /You have both/); // another kind of space is none
    await visitor.expectSound();
  });

  for (const js of [true, false]) {
    it(`gives a page to keep that stands alone, without the message, script ${js ? "on" : "off"}`, { js }, async (visitor, { arrive }) => {
      const key = await visitor.put({ ...FORM, tz: js ? "Asia/Shanghai" : "Shanghai +8" });
      const { name, text } = await visitor.download("form[action='/put/keepsake'] button");
      assert.equal(name, "time-capsule-key-2030-06-01.html");
      for (const secret of [FORM.content, "src=", "@import"]) assert.ok(!text.includes(secret), secret);
      const other = await arrive({ js: true });
      other.guard.allow(/request to another origin: file:/);
      const { page } = other;
      await page.goto(`file://${await keptFile(other, text)}`);
      assert.equal((await page.locator(".key").innerText()).replaceAll("-", ""), key);
      assert.equal(await page.locator("a").getAttribute("href"), `${visitor.server.url}/open#${key}`);
      assert.match(await page.locator("time").innerText(), /1 June 2030, 12:00 \(Asia\/Shanghai, UTC\+08:00\)/);
      assert.ok(await page.locator("svg").isVisible());
      await other.expectAccessible();
      await other.expectFits();
    });
  }

  it("has a link that fills the field of whoever follows it, and never sends the key", async (visitor, { arrive }) => {
    const key = await visitor.put(FORM);
    const other = await arrive({ lang: "zh-CN", width: 360 });
    await other.go((await visitor.page.locator("#capsule-link").getAttribute("href")) ?? "");
    assert.equal(await other.page.inputValue("#key"), key);
    assert.equal(other.page.url(), `${other.server.url}/open`);
    await other.expectSound();
    for (const { url } of [...visitor.sent, ...other.sent]) assert.ok(!url.includes(key), url);
  });

  it("has a code to scan, large enough, dark on light in either theme", { theme: "dark" }, async (visitor) => {
    await visitor.put(FORM);
    const code = visitor.page.locator(".qr svg");
    const box = await code.boundingBox();
    assert.ok(box && box.width >= 120 && Math.abs(box.width - box.height) < 1, JSON.stringify(box));
    const picture = await code.screenshot();
    const [first, share] = await visitor.page.evaluate(async (bytes) => {
      const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const ink = canvas.getContext("2d");
      ink?.drawImage(bitmap, 0, 0);
      const { data } = /** @type {ImageData} */ (ink?.getImageData(0, 0, bitmap.width, bitmap.height));
      const light = [...data].filter((value, at) => at % 4 === 0).map((value) => value > 128);
      return /** @type {const} */ ([light[light.length >> 7], light.filter(Boolean).length / light.length]);
    }, [...picture]);
    assert.equal(first, true); // the quiet zone
    assert.ok(share > 0.45 && share < 0.8, `${share} of the code is light`);
  });

  for (const js of [true, false]) {
    it(`gives an entry for the calendar, script ${js ? "on" : "off"}`, { js }, async (visitor) => {
      const key = await visitor.put(FORM);
      const { text: file } = await visitor.download("form[action='/put/calendar'] button");
      assert.match(file, /^BEGIN:VCALENDAR\r\n[^]*BEGIN:VALARM[^]*END:VCALENDAR\r\n$/);
      assert.match(file, /DTSTART:20300601T120000Z/);
      assert.match(file.replace(/\r\n /g, ""), new RegExp(`${groups(key)}|${key}`));
      assert.equal(await visitor.key(), key); // the page stays
    });
  }

  it("prints a card of the key, its time and its link alone, dark on white", { theme: "dark" }, async (visitor) => {
    const { page } = visitor;
    await visitor.put(FORM);
    await page.emulateMedia({ media: "print" });
    for (const gone of ["header nav", "footer", "[data-copy]", "form", ".next", ".once"])
      for (const one of await page.locator(gone).all()) assert.ok(!(await one.isVisible()), gone);
    for (const kept of ["#capsule-key", "time", "#capsule-link", ".qr svg"])
      assert.ok(await page.locator(kept).first().isVisible(), kept);
    const colours = await page.locator("#capsule-key").evaluate((e) => {
      const light = (/** @type {string} */ text) => (text.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, one) => sum + Number(one), 0) / 3;
      return [light(getComputedStyle(e).color), light(getComputedStyle(document.body).backgroundColor)];
    });
    assert.ok((colours[0] ?? 255) < 90 && (colours[1] ?? 0) > 240, String(colours));
    const pdf = await page.pdf({ preferCSSPageSize: true });
    assert.equal(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length, 1, "one page");
  });

  it("is empty once it is left", async (visitor) => {
    const { page } = visitor;
    await visitor.put(FORM);
    await page.evaluate(() => addEventListener("pagehide", () => sessionStorage.setItem("left", document.querySelector("main")?.textContent ?? "")));
    page.once("dialog", (dialog) => dialog.accept());
    await visitor.go("/");
    assert.equal(await page.evaluate(() => sessionStorage.getItem("left")), "");
  });

  it("is not shown again by going back", async (visitor) => {
    const { page } = visitor;
    const key = await visitor.put(FORM);
    page.once("dialog", (dialog) => dialog.accept());
    await visitor.go("/");
    visitor.guard.allow(/\/put: net::ERR_CACHE_MISS$/); // Chromium would ask whether to post again
    await page.goBack().catch(() => {});
    await page.waitForFunction(() => location.protocol !== "http:"); // its own page about that
    assert.ok(!(await page.content()).includes(groups(key)));
  });
});

suite("the page with the key, of a server that knows no public address", { clock: NOW, publicUrl: false }, ({ it }) => {
  it("has a link all the same, made by the browser", async (visitor) => {
    const key = await visitor.put(FORM);
    assert.equal(await visitor.page.locator("#capsule-link").innerText(), `${visitor.server.url}/open#${key}`);
    await visitor.expectSound();
  });

  it("has none without script", { js: false }, async (visitor) => {
    await visitor.put(FORM);
    assert.ok(await visitor.page.locator("#share").isHidden());
    assert.ok(await visitor.page.locator("#capsule-key").isVisible());
  });
});
