/**
 * How a browser spec is written:
 *
 *     import assert from "node:assert/strict";
 *     import { suite } from "./support/suite.mjs";
 *
 *     suite("putting a capsule", { clock: "2030-01-01T00:00:00Z" }, ({ it }) => {
 *       it("shows the key once", async (visitor) => {
 *         const key = await visitor.put({ content: "hello" });
 *         assert.equal(key.length, 16);
 *         await visitor.expectSound();
 *       });
 *
 *       it("works without script", { js: false, lang: "zh-CN", width: 320 }, async (visitor, { arrive }) => {
 *         const other = await arrive({ theme: "dark" }); // a second browser at the same server
 *       });
 *     });
 *
 * Each suite has a real server (support/server.mjs: put, setClock, sql, control), each test a window of
 * its own (support/visitor.mjs: go, fill, submit, put, open, setClock, expectSound, expectKeyboard, shot,
 * sent; Settings lists what a window can be).  visitor.page is Playwright's.  A test fails when the
 * browser complains about anything; visitor.guard.allow(/…/) names a complaint that is wanted.
 *
 * A file NAME_spec.mjs beside this folder is found by itself:
 *
 *     spec/browser/run [NAME_spec.mjs…]     SOAK=1: `soak` is true, for the full matrix
 */
import { after, before, describe, it as nodeIt } from "node:test";
import { browser as newBrowser } from "./browser.mjs";
import { start } from "./server.mjs";
import { Visitor } from "./visitor.mjs";

/** Whether the long form is wanted. */
export const soak = Boolean(process.env.SOAK);

const TEST_MS = 300_000; // ends what hangs; nothing is measured by it

/**
 * @typedef {import("./visitor.mjs").Settings} Settings
 * @typedef {(wished?: Settings) => Promise<Visitor>} Arrive
 * @typedef {{ arrive: Arrive, server: import("./server.mjs").Server, browser: import("playwright-core").Browser }} Tools
 * @typedef {(visitor: Visitor, tools: Tools) => Promise<void>} Body
 * @typedef {{ (name: string, body: Body): void, (name: string, settings: Settings, body: Body): void }} It
 */

/**
 * Runs one test with the windows it opens, and judges every one of them at the end.
 * @param {Omit<Tools, "arrive">} tools
 * @param {Settings} settings
 * @param {Body} body
 */
async function run({ browser, server }, settings, body) {
  /** @type {Visitor[]} */
  const visitors = [];
  /** @type {Arrive} */
  const arrive = async (wished) => {
    const visitor = await Visitor.arrive(browser, server, { ...settings, ...wished });
    visitors.push(visitor);
    return visitor;
  };
  try {
    await body(await arrive(), { arrive, server, browser });
    for (const visitor of visitors) visitor.guard.expectClean();
  } finally {
    for (const visitor of visitors) await visitor.leave();
  }
}

/**
 * @param {string} name
 * @param {import("./server.mjs").ServerOptions} options
 * @param {(tools: { it: It }) => void} define
 */
export function suite(name, options, define) {
  /** @type {Omit<Tools, "arrive">} */
  let tools;

  /** @param {string} title @param {Settings | Body} settings @param {Body} [body] */
  const it = (title, settings, body) => {
    const [wished, does] = typeof settings === "function" ? [{}, settings] : [settings, body];
    if (!does) throw new Error(`'${title}' has no body`);
    nodeIt(title, { timeout: TEST_MS }, () => run(tools, wished, does));
  };

  describe(name, () => {
    before(async () => {
      tools = { browser: await newBrowser(), server: await start(options) };
    });
    after(async () => {
      await tools?.browser.close();
      await tools?.server.stop();
    });
    define({ it });
  });
}
