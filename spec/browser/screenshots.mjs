/**
 * Photographs every page in every state for people to look at: 360, 768 and 1440 px wide, by day and by
 * night, in both languages, as build/reports/screenshots/STATE-LANG-THEME-WIDTH.png.
 *
 *     spec/browser/install && node spec/browser/screenshots.mjs [STATE…]
 */
import { browser as newBrowser } from "./support/browser.mjs";
import { start } from "./support/server.mjs";
import { NOW, SERVER, STATES } from "./support/states.mjs";
import { Visitor } from "./support/visitor.mjs";

const WIDTHS = [360, 768, 1440];
const THEMES = /** @type {const} */ (["light", "dark"]);
const LANGS = /** @type {const} */ (["en", "zh-CN"]);

const names = process.argv.slice(2);
const states = STATES.filter(({ name }) => !names.length || names.includes(name));
const server = await start(SERVER);
const browser = await newBrowser();
try {
  for (const lang of LANGS) {
    for (const { name, reach } of states) {
      const visitor = await Visitor.arrive(browser, server, { lang });
      await visitor.setClock(NOW);
      await reach(visitor);
      for (const theme of THEMES) for (const width of WIDTHS) await visitor.shot(name, { theme, width });
      await visitor.leave();
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
console.log(`${states.length * LANGS.length * THEMES.length * WIDTHS.length} pictures in build/reports/screenshots`);
