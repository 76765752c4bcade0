/**
 * Lighthouse's figures for the pages that people meet, of the release program: for a phone on a slow
 * line, as it simulates one, and for a desk.  Whole reports go to build/reports/lighthouse.
 *
 *     bench/lighthouse/run
 */
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";
import { start } from "../../spec/browser/support/server.mjs";

const PAGES = ["/", "/put", "/open", "/opened"];
const FORMS = { phone: undefined, desk: desktopConfig };
const REPORTS = new URL("../../build/reports/lighthouse/", import.meta.url);

/** @param {Record<string, { score: number | null }>} categories */
const scores = (categories) =>
  Object.entries(categories).map(([name, { score }]) => `${name} ${Math.round((score ?? 0) * 100)}`).join("  ");

/** @param {Record<string, { displayValue?: string }>} audits */
const times = (audits) =>
  ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "total-byte-weight"]
    .map((id) => `${id} ${audits[id]?.displayValue?.replace("\u00a0", " ")}`).join(", ");

/** The key of a capsule that has opened. @param {import("../../spec/browser/support/server.mjs").Server} server */
async function openedKey(server) {
  const opens_at = Math.floor(server.now() / 1000) + 2;
  const key = await server.put({ opens_at, content: "Dear me,\n\nfour lines\nof a letter.\n" });
  while (server.now() / 1000 < opens_at + 1) await pause(100);
  return key;
}

/**
 * The same server with one page more, since Lighthouse asks for pages by GET: "/opened" is the answer to that key.
 * @param {string} url @param {string} key @returns {Promise<import("node:http").Server>}
 */
async function withOpened(url, key) {
  const { hostname, port } = new URL(url);
  const between = createServer((asked, answer) => {
    const opened = asked.url === "/opened";
    const headers = opened ? { ...asked.headers, "content-type": "application/x-www-form-urlencoded" } : asked.headers;
    const path = opened ? "/open" : asked.url;
    const passed = request({ hostname, port, path, headers, method: opened ? "POST" : asked.method }, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers);
      answered.pipe(answer);
    });
    passed.end(opened ? `key=${key}` : undefined);
  });
  await new Promise((done) => between.listen(0, "127.0.0.1", () => done(undefined)));
  return between;
}

await mkdir(REPORTS, { recursive: true });
const server = await start();
const between = await withOpened(server.url, await openedKey(server));
const address = /** @type {import("node:net").AddressInfo} */ (between.address());
const chrome = await launch({ chromePath: "/usr/bin/chromium", chromeFlags: ["--headless", "--no-sandbox"] });
try {
  for (const [form, config] of Object.entries(FORMS)) {
    for (const page of PAGES) {
      const options = { port: chrome.port, output: /** @type {const} */ ("json"), logLevel: /** @type {const} */ ("error") };
      const result = await lighthouse(`http://127.0.0.1:${address.port}${page}`, options, config);
      if (!result) throw new Error(`no figures for ${page}`);
      const { categories, audits } = result.lhr;
      console.log(`${form} ${page.padEnd(7)} ${scores(categories)}\n  ${times(audits)}`);
      const missed = Object.values(audits).filter(({ score }) => score !== null && score < 0.9).map(({ id }) => id);
      if (missed.length) console.log(`  below 90: ${missed.join(", ")}`);
      await writeFile(new URL(`${form}${page.replace("/", "-")}.json`, REPORTS), String(result.report));
    }
  }
} finally {
  chrome.kill();
  between.close();
  between.closeAllConnections();
  await server.stop();
}
