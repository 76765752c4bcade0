/** What scripts add to the pages that show a key or need one: sealed, open, not yet, opened. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { suite } from "./support/suite.mjs";

/** @typedef {import("./support/visitor.mjs").Visitor} Visitor */

const CLOCK = "2030-01-01T00:00:00Z";
const MESSAGE = `Look at https://example.org/a_(b)?c=1&d=2, (see http://example.org/x.) <b>and</b>
  javascript:alert(1) ftp://example.org/ 请看https://example.org/路径。好`;

/**
 * Tries to leave and tells whether the browser asked first; stays.
 * @param {Visitor} visitor
 */
async function asksBeforeLeaving(visitor) {
  let asked = false;
  visitor.page.once("dialog", async (dialog) => {
    asked = dialog.type() === "beforeunload";
    await dialog.dismiss();
  });
  const left = visitor.page.waitForURL("**/introduce", { timeout: 5000 }).catch(() => undefined);
  await visitor.page.locator(".site-nav a[href='/introduce']").click({ noWaitAfter: true });
  await Promise.race([left, visitor.page.waitForEvent("dialog", { timeout: 5000 }).catch(() => undefined)]);
  return asked;
}

suite("the page that shows a key", { clock: CLOCK }, ({ it }) => {
  it("warns before it is left, until the key was copied", async (visitor) => {
    const key = await visitor.put();
    assert.equal(await asksBeforeLeaving(visitor), true);
    await visitor.page.getByRole("button", { name: "Copy the key" }).click();
    await visitor.page.getByText("Copied.").waitFor();
    const copied = await visitor.page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied.replaceAll("-", ""), key);
    assert.equal(await asksBeforeLeaving(visitor), false);
    assert.match(visitor.page.url(), /\/introduce$/);
  });

  it("does not warn once it was printed", async (visitor) => {
    await visitor.put();
    await visitor.page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.equal(await asksBeforeLeaving(visitor), false);
  });

  it("does not warn when the key went into a calendar or the capsule is taken back", async (visitor) => {
    visitor.guard.allow(/calendar: net::ERR_ABORTED/); // what Chromium calls a download
    await visitor.put();
    const download = visitor.page.waitForEvent("download");
    await visitor.page.getByRole("button", { name: "Save a calendar entry" }).click();
    assert.equal((await download).suggestedFilename(), "time-capsule.ics");
    await visitor.put({ content: "second thoughts" });
    await visitor.page.getByRole("button", { name: "Take it back" }).click();
    await visitor.page.locator("#put-form").waitFor();
    assert.equal(await visitor.page.locator("#content").inputValue(), "second thoughts");
  });

  it("prints a card with key, moment, link and code, and nothing else", async (visitor) => {
    await visitor.put();
    await visitor.page.emulateMedia({ media: "print" });
    for (const shown of ["#capsule-key", ".opens", "#capsule-link", ".qr"])
      assert.ok(await visitor.page.locator(shown).isVisible(), shown);
    for (const hidden of [".site-nav", "h1", ".once", "form", "button", ".next"])
      for (const part of await visitor.page.locator(hidden).all())
        assert.equal(await part.isVisible(), false, hidden);
  });

  it("is empty once it was left", async (visitor) => {
    const key = await visitor.put();
    await visitor.page.evaluate(() => dispatchEvent(new Event("pagehide")));
    assert.ok(!(await visitor.page.content()).includes(key));
  });
});

suite("a server that knows no address of its own", { clock: CLOCK, publicUrl: false }, ({ it }) => {
  it("leaves it to the browser to make the link", async (visitor) => {
    const key = await visitor.put();
    const link = visitor.page.locator("#capsule-link");
    assert.equal(await link.textContent(), `${visitor.server.url}/open#${key}`);
    assert.equal(await link.getAttribute("href"), await link.textContent());
    await visitor.expectSound();
  });
});

suite("opening", { clock: CLOCK }, ({ it }) => {
  it("takes the key out of the address", async (visitor) => {
    const key = await visitor.server.put();
    await visitor.go(`/open#${key}`);
    assert.equal(await visitor.page.locator("#key").inputValue(), key);
    assert.ok(visitor.page.url().endsWith("/open"));
    assert.equal((await visitor.submit()).status(), 403);
    assert.ok(visitor.sent.every(({ url }) => !url.includes(key)));
  });

  it("takes a whole link, pasted, and a key with dashes", async (visitor) => {
    const key = await visitor.server.put();
    await visitor.go("/open");
    await visitor.fill({ key: ` ${visitor.server.url}/open#${key} ` });
    assert.equal(await visitor.page.locator("#key").inputValue(), key);
    await visitor.fill({ key: key.replace(/(.{4})(?=.)/g, "$1-") });
    assert.equal((await visitor.submit()).status(), 403);
  });

  it("counts down until the capsule can be opened", async (visitor) => {
    const key = await visitor.server.put({ opens_at: "2030-01-03T00:00:00Z", content: "at last" });
    await visitor.page.clock.install({ time: new Date(CLOCK) });
    assert.equal((await visitor.open(key)).status(), 403);
    const countdown = visitor.page.getByRole("timer");
    assert.match((await countdown.textContent()) ?? "", /^(2 days|1 day 23 hours) /);
    const again = visitor.page.locator("#waiting button");
    assert.equal(await again.isVisible(), false);

    await visitor.setClock("2030-01-03T00:00:01Z");
    await visitor.page.clock.runFor("48:01:00");
    await visitor.page.getByRole("heading", { name: "Its time has come." }).waitFor();
    assert.equal(await countdown.isVisible(), false);
    assert.equal(await visitor.page.getByRole("status").textContent(), "Its time has come.");
    assert.equal(await again.textContent(), "Open now");
    await visitor.expectSound();
    await again.click();
    assert.equal(await visitor.page.locator("#capsule-content").textContent(), "at last");
  });

  it("tells a reader elsewhere the moment on his own clock", { zone: "Asia/Tokyo" }, async (visitor) => {
    await visitor.setClock(CLOCK);
    const key = await visitor.server.put({ opens_at: "2030-01-03T20:00:00Z" });
    await visitor.open(key);
    assert.equal(await visitor.page.locator("#here").textContent(), "On your clock: 4 January 2030, 05:00:00");
  });

  it("can be tried again without script", { js: false }, async (visitor) => {
    await visitor.server.setClock(CLOCK);
    const key = await visitor.server.put({ opens_at: "2030-01-01T01:00:00Z", content: "at last" });
    assert.equal((await visitor.open(key)).status(), 403);
    await visitor.server.setClock("2030-01-01T02:00:00Z");
    await visitor.page.getByRole("button", { name: "Look again" }).click();
    assert.equal(await visitor.page.locator("#capsule-content").textContent(), "at last");
  });

  it("links addresses in the message, and nothing else", async (visitor) => {
    await visitor.server.setClock(CLOCK);
    const key = await visitor.server.put({ opens_at: "2030-01-01T01:00:00Z", content: MESSAGE });
    await visitor.setClock("2030-01-01T02:00:00Z");
    await visitor.open(key);
    const content = visitor.page.locator("#capsule-content");
    assert.equal(await content.textContent(), MESSAGE);
    assert.deepEqual(await content.locator("a").allTextContents(),
      ["https://example.org/a_(b)?c=1&d=2", "http://example.org/x", "https://example.org/路径"]);
    for (const link of await content.locator("a").all()) {
      assert.match((await link.getAttribute("rel")) ?? "", /noopener noreferrer/);
      assert.match((await link.getAttribute("href")) ?? "", /^https?:/);
    }
    assert.equal(await content.locator("b").count(), 0);
    await visitor.expectSound();

    const download = visitor.page.waitForEvent("download");
    await visitor.page.getByRole("button", { name: "Save as a file" }).click();
    const file = await download;
    assert.equal(file.suggestedFilename(), "time-capsule-2030-01-01.txt");
    const saved = `${visitor.server.folder}/saved.txt`;
    await file.saveAs(saved);
    assert.equal(await readFile(saved, "utf8"), MESSAGE);
    await visitor.page.getByRole("button", { name: "Copy the message" }).click();
    await visitor.page.getByText("Copied.").waitFor();
    assert.equal(await visitor.page.evaluate(() => navigator.clipboard.readText()), MESSAGE);
  });
});
