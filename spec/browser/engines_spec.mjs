/**
 * Journeys through the engines that are not Chromium: a whole one in Firefox; in the long form (SOAK=1) all of
 * them, in both languages and with our scripts gone, in Firefox and WebKit.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { firefox } from "./support/firefox.mjs";
import { withoutScripts } from "./support/hand.mjs";
import { start } from "./support/server.mjs";
import { legacyContents } from "./support/tc2.mjs";
import { webkit } from "./support/webkit.mjs";

/** @typedef {import("./support/hand.mjs").Hand} Hand */
/** @typedef {import("./support/server.mjs").Server} Server */
/** @typedef {"en" | "zh-CN"} Lang */

const SECRET = "correct horse 口令";
const MESSAGE = "First line\n  second & <b>third</b> 🎁\nעברית";
const DAY = 86400;
const NARROW = 360;
const HANGS_MS = 600_000;

const soak = Boolean(process.env.SOAK);
const ENGINES = soak ? { firefox, webkit } : { firefox };
const LANGS = /** @type {Lang[]} */ (soak ? ["en", "zh-CN"] : ["en"]);

/** What pages say. @type {Record<Lang, Record<string, RegExp>>} */
const SAID = {
  en: { missing: /Enter|Say|Write/, right: /You have both/, wrong: /not the passphrase/, whole: /key is right.*whole/, again: /opens it again/, agrees: /unchanged/, weak: /weak/ },
  "zh-CN": { missing: /请/, right: /都对/, wrong: /口令不对/, whole: /钥匙没错.*完好无损/, again: /再次打开/, agrees: /没有改动/, weak: /薄弱/ },
};

/** A wall time so many days from now on the clock of UTC. @param {Server} server @param {number} days */
function inDays(server, days) {
  return new Date(server.now() + days * DAY * 1000).toISOString().slice(0, 16);
}

/** The window of this page is no wider than it should be. @param {Hand} hand */
async function fits(hand) {
  const [page, room] = await hand.run(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok((page ?? 0) <= (room ?? 0), `${page} px in ${room} px`);
}

/** Fills in the form and sends it. @param {Hand} hand @param {Server} server @param {string} [passphrase] @returns {Promise<string>} the key */
async function put(hand, server, passphrase) {
  await hand.type("#name", "Ada");
  await hand.set("#content", MESSAGE);
  await hand.set("#tips", "Be patient.");
  await hand.set("#tz", "UTC");
  await hand.set("#time", inDays(server, 2));
  if (passphrase) {
    await hand.click("#seal summary");
    await hand.type("#passphrase", passphrase);
    await hand.type("#passphrase-again", passphrase);
  }
  await hand.click("#put-form button[type=submit]");
  await hand.see("#capsule-key");
  return (await hand.text("#capsule-key")).replace(/[^0-9A-Za-z]/g, "");
}

/** @param {Hand} hand @param {string} key */
async function enter(hand, key) {
  await hand.type("#key", key);
  await hand.click("main form button[type=submit]");
}

/** On a narrow phone whose owner has set letters of twice the size. @param {Hand} hand @param {Server} server @param {Lang} lang */
async function largeLetters(hand, server, lang) {
  const room = await hand.run(() => innerWidth);
  assert.ok(room < 500, `a window of ${room} px`);
  const size = `${Math.round(200 * room / NARROW)}%`; // WebKit's window has to hold its tool bar
  const enlarge = () => hand.run((wanted) => void (document.documentElement.style.fontSize = wanted), size);
  await hand.go(`${server.url}/put?lang=${lang}`);
  await hand.see("#moment-words");
  await enlarge();
  await fits(hand);
  await hand.click("#put-form button[type=submit]");
  await hand.see("#error-summary");
  await fits(hand);
  for (const field of ["#name", "#content"]) await hand.set(field, MESSAGE.slice(0, 10));
  await hand.set("#tz", "Europe/Berlin");
  await hand.click("#put-form button[type=submit]");
  await hand.see("#capsule-key");
  const lines = await hand.run(() => {
    const text = document.querySelector("#capsule-opens time span")?.firstChild;
    if (!(text instanceof Text)) return 0;
    const range = document.createRange();
    range.setStart(text, text.data.indexOf("Europe"));
    range.setEnd(text, text.data.indexOf("Berlin") + 6);
    return range.getClientRects().length;
  });
  assert.equal(lines, 1, "the zone's name is on one line");
  await enlarge();
  await fits(hand);
  await hand.run(() => void dispatchEvent(new Event("afterprint"))); // it may be left
}

/** Faults, a draft, and starting afresh. @param {Hand} hand @param {Server} server @param {Lang} lang */
async function formJourney(hand, server, lang) {
  await hand.go(`${server.url}/?lang=${lang}`);
  await fits(hand);
  await hand.click("main a[href='/put']");
  await hand.see("#moment-words");
  const heights = await hand.run(() => ["name", "time", "tz"].map((id) => document.getElementById(id)?.getBoundingClientRect().height ?? 0));
  assert.ok(heights.every((one) => Math.abs(one - (heights[0] ?? 0)) < 4), `controls of ${heights} px`);
  const zone = await hand.run(() => [/** @type {HTMLSelectElement} */ (document.getElementById("tz")).value, new Intl.DateTimeFormat().resolvedOptions().timeZone]);
  assert.equal(zone[0], zone[1]);

  await hand.click("#put-form button[type=submit]");
  await hand.reads("#error-summary li", SAID[lang].missing ?? /./);
  await fits(hand);
  await hand.type("#content", "half a letter");
  await hand.until("the draft", () => sessionStorage.getItem("tc-draft")?.includes("half a letter"));
  await hand.go(`${server.url}/put`);
  await hand.see("#draft-note");
  assert.equal(await hand.run(() => /** @type {HTMLTextAreaElement} */ (document.getElementById("content")).value), "half a letter");
  await hand.click("#draft-note button");
  await hand.until("an empty form", () => /** @type {HTMLTextAreaElement} */ (document.getElementById("content")).value === ""
    && document.getElementById("moment-words")?.hidden === false && document.getElementById("draft-note")?.hidden);
  assert.equal(await hand.run(() => /** @type {HTMLSelectElement} */ (document.getElementById("tz")).value), zone[1]);
}

/** From the form to the message that was locked with a passphrase. @param {Hand} hand @param {Server} server @param {Lang} lang */
async function sealedJourney(hand, server, lang) {
  const said = SAID[lang];
  await hand.go(`${server.url}/put?lang=${lang}`);
  await hand.see("#seal");
  const key = await put(hand, server, SECRET);
  await fits(hand);
  await hand.type("#try-key", key);
  await hand.type("#try-passphrase", "another");
  await hand.click("#try-form button");
  await hand.reads("#try-outcome", said.wrong ?? /./);
  await hand.type("#try-passphrase", SECRET);
  await hand.click("#try-form button");
  await hand.reads("#try-outcome", said.right ?? /./); // from here on the page may be left

  await hand.click("main .next a[href='/open']");
  await hand.see("#key");
  await enter(hand, key);
  await hand.see("#countdown");
  await hand.reads("#still", said.whole ?? /./);
  assert.equal(await hand.text("blockquote"), "Be patient.");
  await fits(hand);

  await hand.go(`${server.url}/open#${key}`); // a link that is followed in the tab of an answer
  await hand.until("the key in the field", (wanted) => /** @type {HTMLInputElement | null} */ (document.querySelector("input#key"))?.value === wanted, key);
  assert.equal(await hand.run(() => location.hash), "");
  await server.setClock(Math.floor(server.now() / 1000) + 3 * DAY);
  await hand.click("main form button[type=submit]");
  await hand.see("#unseal-form");
  assert.match(await hand.text("#capsule-content"), /^TC2\./);
  await hand.type("#passphrase", "another");
  await hand.click("#unseal-form button[type=submit]");
  await hand.reads("#unseal-fault", said.wrong ?? /./);
  const saved = await hand.saves("#save-sealed");
  await hand.type("#passphrase", SECRET);
  await hand.click("#unseal-form button[type=submit]");
  await hand.reads("#unseal-status", said.agrees ?? /./);
  assert.equal(await hand.text("#capsule-content"), MESSAGE);
  await fits(hand);

  await hand.click("main .next a[href='/']");
  await hand.see(".hero");
  await hand.back();
  await hand.reads("main [role=status]", said.again ?? /./);
  await fileOpens(hand, server, saved, lang);
}

/** A page that was saved sealed opens from a file. @param {Hand} hand @param {Server} server @param {string} saved @param {Lang} lang */
async function fileOpens(hand, server, saved, lang) {
  const path = `${server.folder}/sealed-${hand.name}-${lang}.html`;
  await writeFile(path, saved);
  await hand.go(`file://${path}`);
  await hand.type("#passphrase", "another");
  await hand.click("#form button");
  await hand.reads("#outcome", SAID[lang].wrong ?? /./);
  await hand.type("#passphrase", SECRET);
  await hand.click("#form button");
  await hand.until("the message", () => !document.getElementById("form"));
  assert.equal(await hand.text("#message"), MESSAGE);
}

/** Without a passphrase, and without our scripts where they are gone. @param {Hand} hand @param {Server} server @param {string} url @param {Lang} lang */
async function plainJourney(hand, server, url, lang) {
  await hand.go(`${url}/put?lang=${lang}`);
  const key = await put(hand, server);
  await hand.run(() => void dispatchEvent(new Event("afterprint"))); // it may be left
  await hand.go(`${url}/open`);
  await enter(hand, key);
  await hand.see("#waiting");
  await hand.reads("#still", SAID[lang].whole ?? /./);
  await server.setClock(Math.floor(server.now() / 1000) + 3 * DAY);
  await hand.go(`${url}/open`);
  await enter(hand, key);
  await hand.see("#capsule-content");
  assert.equal(await hand.text("#capsule-content"), MESSAGE);
  await fits(hand);
}

/** A message of the original site. @param {Hand} hand @param {Server} server @param {Lang} lang */
async function legacyJourney(hand, server, lang) {
  const [old] = legacyContents();
  const key = await server.put({ content: old?.stored });
  await server.setClock(Math.floor(server.now() / 1000) + DAY);
  await hand.go(`${server.url}/open?lang=${lang}`);
  await enter(hand, key);
  await hand.see("#unseal-form");
  await hand.type("#passphrase", old?.passphrases[0] ?? "");
  await hand.click("#unseal-form button[type=submit]");
  await hand.reads("#unseal-status", SAID[lang].weak ?? /./);
  assert.equal(await hand.text("#capsule-content"), old?.text);
}

for (const [name, launch] of Object.entries(ENGINES)) {
  describe(name, () => {
    /** @type {Server} */
    let server;
    before(async () => {
      server = await start();
    });
    after(() => server?.stop());

    /** @param {string} title @param {Lang} lang @param {(hand: Hand) => Promise<void>} journey @param {number} [width] */
    const journey = (title, lang, journey, width = 1280) => it(`${name}: ${title} (${lang})`, { timeout: HANGS_MS }, async () => {
      await server.setClock(Math.floor(Date.now() / 1000));
      const hand = await launch({ lang, width });
      try {
        await journey(hand);
      } finally {
        await hand.close();
      }
    });

    for (const lang of LANGS) {
      journey("writes a capsule under a passphrase, tries its key, is too early, and reads it", lang, async (hand) => {
        await formJourney(hand, server, lang);
        await sealedJourney(hand, server, lang);
      });
      journey("fits a narrow phone with large letters", lang, (hand) => largeLetters(hand, server, lang), NARROW);
      if (!soak) continue;
      journey("writes one without a passphrase and reads it", lang, (hand) => plainJourney(hand, server, server.url, lang));
      journey("does so without our scripts", lang, async (hand) => {
        const { url, stop } = await withoutScripts(server.url);
        await plainJourney(hand, server, url, lang).finally(stop);
      });
      journey("reads a message of the original site", lang, (hand) => legacyJourney(hand, server, lang));
    }
  });
}
