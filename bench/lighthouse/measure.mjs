/**
 * Lighthouse's figures for the pages that people meet first, of the release program: for a phone on a slow
 * line, as it simulates one, and for a desk.  Whole reports go to build/reports/lighthouse.
 *
 *     bench/lighthouse/run
 */
import { mkdir, writeFile } from "node:fs/promises";
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";
import { start } from "../../spec/browser/support/server.mjs";

const PAGES = ["/", "/put", "/open"];
const FORMS = { phone: undefined, desk: desktopConfig };
const REPORTS = new URL("../../build/reports/lighthouse/", import.meta.url);

/** @param {Record<string, { score: number | null }>} categories */
const scores = (categories) =>
  Object.entries(categories).map(([name, { score }]) => `${name} ${Math.round((score ?? 0) * 100)}`).join("  ");

/** @param {Record<string, { displayValue?: string }>} audits */
const times = (audits) =>
  ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "total-byte-weight"]
    .map((id) => `${id} ${audits[id]?.displayValue?.replace("\u00a0", " ")}`).join(", ");

await mkdir(REPORTS, { recursive: true });
const server = await start();
const chrome = await launch({ chromePath: "/usr/bin/chromium", chromeFlags: ["--headless", "--no-sandbox"] });
try {
  for (const [form, config] of Object.entries(FORMS)) {
    for (const page of PAGES) {
      const options = { port: chrome.port, output: /** @type {const} */ ("json"), logLevel: /** @type {const} */ ("error") };
      const result = await lighthouse(server.url + page, options, config);
      if (!result) throw new Error(`no figures for ${page}`);
      const { categories, audits } = result.lhr;
      console.log(`${form} ${page.padEnd(6)} ${scores(categories)}\n  ${times(audits)}`);
      const missed = Object.values(audits).filter(({ score }) => score !== null && score < 0.9).map(({ id }) => id);
      if (missed.length) console.log(`  below 90: ${missed.join(", ")}`);
      await writeFile(new URL(`${form}${page.replace("/", "-")}.json`, REPORTS), String(result.report));
    }
  }
} finally {
  chrome.kill();
  await server.stop();
}
