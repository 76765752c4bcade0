/**
 * Every state that a page can be in, and how somebody gets there: for specs that hold for all of them,
 * and for photographs.  The server needs SERVER.
 */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { legacyContents, vectors } from "./tc2.mjs";

/** @typedef {import("./visitor.mjs").Visitor} Visitor */

export const NOW = "2030-01-01T00:00:00Z";
const OPENS = "2030-06-01T12:00:00Z";
const LATER = "2030-06-02T12:00:00Z";

/** @type {import("./server.mjs").ServerOptions} */
export const SERVER = {
  clock: NOW,
  args: ["--set", "confirm_addresses=on", "--set", "operator=Ada Lovelace\\n12 St James's Square, London",
    "--set", "contact=mailto:ada@capsule.example", "--set", "abuse_contact=https://capsule.example/abuse", "--site", fileURLToPath(new URL("../../fixtures/error_site", import.meta.url))],
};

const FORM = { name: "Alice", content: "words for later", time: "2030-06-01 12:00", tz: "UTC", tips: "patience!" };

const LONG = `Dear me,

this line stands by itself, and an address follows: https://example.org/a/rather/long/path?with=a&query=too.

${"w".repeat(400)}

亲爱的未来的自己：${"时间胶囊".repeat(60)}
`;

/** Encrypted for that opening time: the first of the document's vectors. */
const ENCRYPTED = vectors()[0]?.text;
const PASSPHRASE = vectors()[0]?.passphrase;
const LEGACY = legacyContents()[0]?.stored;

/**
 * The token in the newest letter.
 * @param {Visitor} visitor
 * @returns {Promise<string>}
 */
async function letterToken(visitor) {
  const folder = `${visitor.server.data}/outbox`;
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((done) => setTimeout(done, 20))) {
    const name = (await readdir(folder).catch(() => /** @type {string[]} */ ([]))).filter((file) => file.endsWith(".eml")).sort().at(-1);
    const token = name && /\/confirm\?t=([\w-]+)/.exec((await readFile(`${folder}/${name}`, "utf8")).replace(/\r\n[ \t]+/g, ""));
    if (token?.[1]) return token[1];
  }
  throw new Error("no letter came");
}

/** @param {Visitor} visitor */
async function confirmPage(visitor) {
  await visitor.server.put({ email: "ada@example.org", opens_at: OPENS });
  return visitor.go(`/confirm?t=${await letterToken(visitor)}`);
}

/**
 * A capsule whose time has come, opened.
 * @param {Visitor} visitor
 * @param {Record<string, unknown>} [capsule]
 */
async function opened(visitor, capsule) {
  const key = await visitor.server.put({ opens_at: OPENS, ...capsule });
  await visitor.setClock(LATER);
  return visitor.open(key);
}

/**
 * Puts a capsule through the form and returns the answer.
 * @param {Visitor} visitor
 * @param {Record<string, string | boolean>} [fields]
 */
async function form(visitor, fields) {
  await visitor.go("/put");
  await visitor.fill({ ...FORM, ...fields });
  return visitor.submit();
}

/**
 * A capsule that others write into, with some of their letters; its key and its code.
 * @param {Visitor} visitor
 * @returns {Promise<{ key: string, code: string }>}
 */
async function gathering({ server }) {
  /** @param {string} path @param {object} body */
  const ask = async (path, body) => {
    const answer = await fetch(server.url + path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    assert.equal(answer.status, 201);
    return answer.json();
  };
  const begun = await ask("/api/v1/capsules", { name: "Class 9b", content: "To all of us.", opens_at: OPENS, gather: {} });
  for (const [name, content] of [["Bea", LONG], ["小明", "十年后见！"], ["W".repeat(50), "short"]]) {
    await ask("/api/v1/letters", { code: begun.code, name, content });
  }
  return begun;
}

/**
 * The page of a code.
 * @param {Visitor} visitor
 */
async function addPage(visitor) {
  const { code } = await gathering(visitor);
  return visitor.post("/add/letter", { code });
}

/**
 * The form, and something that is done on it.
 * @param {Visitor} visitor
 * @param {() => Promise<void>} does
 */
async function onForm(visitor, does) {
  const response = await visitor.go("/put");
  await does();
  return response;
}

/** Types a passphrase twice on the form. @param {Visitor} visitor @param {string} passphrase */
async function choose({ page }, passphrase) {
  await page.locator("#seal summary").click();
  await page.locator("#passphrase").fill(passphrase);
  await page.locator("#passphrase-again").fill(passphrase);
}

/** Tries a key on the page that shows it. @param {Visitor} visitor @param {string} [typed] the right one when absent */
async function tried(visitor, typed) {
  const response = await form(visitor);
  const { page } = visitor;
  await page.locator("#try-key").fill(typed ?? await visitor.key());
  await page.locator("#try-form button").click();
  await page.waitForFunction(() => document.getElementById("try-outcome")?.textContent);
  return response;
}

/** Tries a passphrase on an opened capsule. @param {Visitor} visitor @param {string} content @param {string} passphrase */
async function unsealed(visitor, content, passphrase) {
  const response = await opened(visitor, { content });
  const { page } = visitor;
  await page.locator("#passphrase").fill(passphrase);
  await page.locator("#unseal-form button").click();
  await page.waitForFunction(() => document.getElementById("unseal")?.getAttribute("aria-busy") === "false");
  return response;
}

/** The form that whoever goes back to a message comes to. @param {Visitor} visitor */
async function openedAndLeft(visitor) {
  await opened(visitor);
  await visitor.press("main .next a[href='/']");
  const answered = visitor.page.waitForResponse((response) => response.request().isNavigationRequest());
  await visitor.page.goBack();
  const response = await answered;
  await visitor.page.locator("main [role=status]").waitFor();
  return response;
}

/**
 * @typedef {object} State
 * @property {string} name
 * @property {boolean} [script] Whether it needs our scripts.
 * @property {number} status What the server answers.
 * @property {(visitor: Visitor) => Promise<import("playwright-core").Response>} reach
 */

/** @type {State[]} */
export const STATES = [
  { name: "home", status: 200, reach: (v) => v.go("/") },
  { name: "introduce", status: 200, reach: (v) => v.go("/introduce") },
  { name: "privacy", status: 200, reach: (v) => v.go("/privacy") },
  { name: "gone", status: 200, reach: (v) => v.go("/disappear") },
  { name: "contact", status: 200, reach: (v) => v.go("/contact") },
  { name: "put", status: 200, reach: (v) => v.go("/put") },
  // Past what the browser itself would hold back.
  { name: "put_faults", status: 422, reach: (v) => v.post("/put", { time: "soon", tz: "Mars/Olympus", email: "nobody" }) },
  { name: "put_locked", status: 422, reach: (v) => v.post("/put", { ...FORM, content: ENCRYPTED ?? "", email: "nobody" }) },
  { name: "put_judged", script: true, status: 200, reach: (v) => onForm(v, () => v.page.locator("#put-form [type=submit]").click()) },
  {
    name: "put_birthday",
    script: true,
    status: 200,
    reach: (v) => onForm(v, async () => {
      await v.fill({ ...FORM, to: "Bob" });
      await v.page.getByRole("button", { name: /A birthday|某个生日|某個生日/ }).click();
      await v.page.locator("#birthday").waitFor();
    }),
  },
  { name: "put_weak", script: true, status: 200, reach: (v) => onForm(v, () => choose(v, "hello")) },
  { name: "put_strong", script: true, status: 200, reach: (v) => onForm(v, () => choose(v, "correct horse battery staple fjord")) },
  {
    name: "put_words",
    script: true,
    status: 200,
    reach: (v) => onForm(v, async () => {
      await v.page.locator("#seal summary").click();
      await v.page.locator("#passphrase-make").click();
      await v.page.locator("#passphrase-words").waitFor();
    }),
  },
  { name: "put_done", status: 200, reach: (v) => form(v) },
  { name: "tried", script: true, status: 200, reach: (v) => tried(v) },
  { name: "tried_wrong", script: true, status: 200, reach: (v) => tried(v, "0000-1111-2222-3333") },
  { name: "put_done_mailed", status: 200, reach: (v) => v.post("/put", { ...FORM, email: "ada@example.org" }) },
  {
    name: "undo",
    status: 200,
    async reach(v) {
      await form(v);
      return v.press("form[action='/put/undo'] button");
    },
  },
  {
    name: "undo_late",
    status: 409,
    async reach(v) {
      await form(v);
      await v.setClock(LATER);
      return v.press("form[action='/put/undo'] button");
    },
  },
  { name: "open", status: 200, reach: (v) => v.go("/open") },
  { name: "not_yet", status: 403, reach: async (v) => v.open(await v.server.put({ opens_at: OPENS, tips: "Soon, my dear.\n再等等。" })) },
  { name: "opened", status: 200, reach: (v) => opened(v) },
  { name: "opened_long", status: 200, reach: (v) => opened(v, { name: "W".repeat(50), content: LONG }) },
  { name: "opened_encrypted", status: 200, reach: (v) => opened(v, { content: ENCRYPTED }) },
  { name: "opened_legacy", status: 200, reach: (v) => opened(v, { content: LEGACY }) },
  { name: "put_gather", status: 422, reach: (v) => v.post("/put", { ...FORM, gather: "on", gather_until: "soon", gather_most: "0" }) },
  { name: "put_done_gather", status: 200, reach: (v) => v.post("/put", { ...FORM, gather: "on" }) },
  { name: "add", status: 200, reach: (v) => v.go("/add") },
  { name: "add_unknown", status: 404, reach: (v) => v.post("/add/letter", { code: "0000-1111-2222-3333" }) },
  { name: "add_letter", status: 200, reach: addPage },
  {
    name: "add_letter_faults",
    status: 422,
    reach: async (v) => v.post("/add/letter", { code: (await gathering(v)).code, name: "n".repeat(51), content: "" }),
  },
  {
    name: "add_letter_closed",
    status: 200,
    async reach(v) {
      const { code } = await gathering(v);
      await v.setClock(LATER);
      return v.post("/add/letter", { code });
    },
  },
  {
    name: "added",
    status: 200,
    reach: async (v) => v.post("/add/letter", { code: (await gathering(v)).code, name: "Ada", content: "words" }),
  },
  { name: "not_yet_gather", status: 403, reach: async (v) => v.open((await gathering(v)).key) },
  {
    name: "opened_letters",
    status: 200,
    async reach(v) {
      const { key } = await gathering(v);
      await v.setClock(LATER);
      return v.open(key);
    },
  },
  { name: "unsealed", script: true, status: 200, reach: (v) => unsealed(v, ENCRYPTED ?? "", PASSPHRASE ?? "") },
  { name: "unsealed_wrong", script: true, status: 200, reach: (v) => unsealed(v, ENCRYPTED ?? "", "another") },
  { name: "open_again", script: true, status: 200, reach: openedAndLeft },
  { name: "confirm_code", status: 200, reach: (v) => v.go("/confirm") },
  { name: "confirm_bad", status: 404, reach: (v) => v.go("/confirm?t=nothing") },
  { name: "confirm", status: 200, reach: confirmPage },
  {
    name: "confirmed",
    status: 200,
    async reach(v) {
      await confirmPage(v);
      return v.press("button[value=confirm]");
    },
  },
  {
    name: "stopped",
    status: 200,
    async reach(v) {
      await confirmPage(v);
      return v.press("button[value=stop]");
    },
  },
  { name: "error_404", status: 404, reach: (v) => v.go("/nowhere") },
  { name: "error_key", status: 404, reach: (v) => v.open("0000-1111-2222-3333") },
  { name: "error_400", status: 400, reach: (v) => v.go("/spec/error/400") },
  { name: "error_403", status: 403, reach: (v) => v.go("/spec/error/403") },
  { name: "error_405", status: 405, reach: (v) => v.post("/introduce", {}) },
  { name: "error_413", status: 413, reach: (v) => v.post("/put", { content: "x".repeat(1_200_000) }) },
  { name: "error_429", status: 429, reach: (v) => v.go("/spec/error/429") },
  {
    name: "error_500",
    status: 500,
    async reach(v) {
      const key = await v.server.put({ opens_at: OPENS });
      await v.server.sql("UPDATE capsule SET opens_at = opens_at + 1 WHERE id = (SELECT max(id) FROM capsule)");
      return v.open(key);
    },
  },
  { name: "error_503", status: 503, reach: (v) => v.go("/spec/error/503") },
];

/** One state of each template, the one that shows most of it; and what the page holds where script is off. */
export const ONE_EACH = [
  "home", "introduce", "put_faults", "put_done_mailed", "open", "not_yet", "opened_long", "opened_encrypted", "confirm",
  "error_key", "add", "add_letter_faults", "added", "opened_letters",
];

/**
 * A test for each state: it is reached as its status says, in the visitor's language, and is sound.
 * @param {import("./suite.mjs").It} it
 * @param {import("./visitor.mjs").Settings} settings
 * @param {string[]} [names] only these
 */
export function everyState(it, settings, names) {
  const how = Object.entries(settings).map(([name, value]) => `${name} ${value}`).join(", ");
  for (const { name, script, status, reach } of STATES) {
    if (names ? !names.includes(name) : script && settings.js !== undefined && settings.js !== true) continue;
    it(`${name} is sound (${how})`, settings, async (visitor) => {
      await visitor.setClock(NOW);
      assert.equal((await reach(visitor)).status(), status);
      assert.equal(await visitor.page.locator("html").getAttribute("lang"), visitor.settings.lang);
      await visitor.expectSound();
    });
  }
}
