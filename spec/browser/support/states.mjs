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
  args: ["--set", "confirm_addresses=on", "--site", fileURLToPath(new URL("../../fixtures/error_site", import.meta.url))],
};

const FORM = { name: "Alice", content: "words for later", time: "2030-06-01 12:00", tz: "UTC", tips: "patience!" };

const LONG = `Dear me,

this line stands by itself, and an address follows: https://example.org/a/rather/long/path?with=a&query=too.

${"w".repeat(400)}

亲爱的未来的自己：${"时间胶囊".repeat(60)}
`;

/** Encrypted for that opening time: the first of the document's vectors. */
const ENCRYPTED = vectors()[0]?.text;
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
 * @typedef {object} State
 * @property {string} name
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
  { name: "put_done", status: 200, reach: (v) => form(v) },
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
  for (const { name, status, reach } of STATES) {
    if (names && !names.includes(name)) continue;
    it(`${name} is sound (${how})`, settings, async (visitor) => {
      await visitor.setClock(NOW);
      assert.equal((await reach(visitor)).status(), status);
      assert.equal(await visitor.page.locator("html").getAttribute("lang"), visitor.settings.lang);
      await visitor.expectSound();
    });
  }
}
