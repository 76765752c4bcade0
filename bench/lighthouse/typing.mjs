/**
 * What a key costs in the put form, near the limit of the message, beside a bare textarea of the same look (the style
 * sheet alone, nothing around it, no script): the browser's processor time a key, at a quarter of this machine's speed.
 * They take turns, and the two of a round are compared: a machine with other work is as slow for both.
 *
 *     node bench/lighthouse/typing.mjs
 */
import { browser as newBrowser } from "../../spec/browser/support/browser.mjs";
import { start } from "../../spec/browser/support/server.mjs";
import { Visitor } from "../../spec/browser/support/visitor.mjs";

const SLOWER = 4;
const KEYS = 40;
const ROUNDS = 15;
const LINE = "The quick brown fox jumps over the lazy dog, 敏捷的狐狸。\n";

/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** A text that so many characters are free of. @param {number} max */
const nearly = (max) => LINE.repeat(Math.ceil(max / LINE.length)).slice(0, max - KEYS * ROUNDS);

/** @param {Visitor} visitor @returns {Promise<() => Promise<number>>} types and tells the milliseconds a key */
async function typist({ page }) {
  const tools = await page.context().newCDPSession(page);
  await tools.send("Performance.enable", { timeDomain: "threadTicks" });
  await tools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  const spent = async () => {
    const { metrics } = await tools.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN;
  };
  return async () => {
    await page.bringToFront();
    await page.focus("#content");
    const before = await spent();
    for (let key = 0; key < KEYS; key++) await page.keyboard.press("x");
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    return 1000 * (await spent() - before) / KEYS;
  };
}

const server = await start();
const browser = await newBrowser();
try {
  const form = await Visitor.arrive(browser, server);
  await form.go("/put");
  const max = Number(await form.page.locator("#content").getAttribute("data-max"));
  await form.fill({ content: nearly(max) });

  const bare = await Visitor.arrive(browser, server, { js: "blocked" });
  await bare.go("/put");
  await bare.page.evaluate(() => document.body.replaceChildren(document.getElementById("content") ?? ""));
  await bare.page.fill("#content", nearly(max));

  const typists = [await typist(form), await typist(bare)];
  /** @type {number[][]} */
  const figures = [[], []];
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, type] of typists.entries()) figures[i]?.push(await type());
  const times = median((figures[0] ?? []).map((put, round) => put / (figures[1]?.[round] ?? NaN)));
  const [put, plain] = figures.map(median);
  console.log(`typing near ${max} characters, a key: ${put?.toFixed(2)} ms in the form, ${plain?.toFixed(2)} ms in a bare textarea, ${times.toFixed(2)} times`);
} finally {
  await browser.close();
  await server.stop();
}
