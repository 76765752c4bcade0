/**
 * Makes the pictures of the README, from the real pages in a real Chromium:
 *
 *     make screenshots, or: spec/browser/install && node docs/images/make.mjs
 *
 * The server's clock and the visitor's stand on one day, so that only a change of the look
 * changes a picture (but for the key, which is always another).
 */
import { fileURLToPath } from "node:url";
import { browser as newBrowser } from "../../spec/browser/support/browser.mjs";
import { start } from "../../spec/browser/support/server.mjs";
import { Visitor } from "../../spec/browser/support/visitor.mjs";

const CLOCK = "2026-11-27T18:00:00Z";
const PHONE = { width: 360, height: 720, zone: "Europe/Berlin" };
const LETTER = {
  name: "Grandma Ines",
  content: "Dear Mara,\n\nif you read this, you are eighteen. I wrote it in the kitchen, on the evening"
    + " you were born; it rained, and nobody slept.\n\nPlant the apple tree.\nInes",
  time: "2044-05-12T08:30",
  tz: "Europe/Berlin",
  tips: "Not before your eighteenth birthday, little one. I know you are impatient; so was your mother.",
};

/**
 * @param {Visitor} visitor
 * @param {string} name
 */
async function picture({ page }, name) {
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, import.meta.url)) });
}

const server = await start({ clock: CLOCK });
const browser = await newBrowser();
try {
  const desk = await Visitor.arrive(browser, server, { width: 1180, height: 860 });
  await desk.go("/");
  await picture(desk, "home");

  const phone = await Visitor.arrive(browser, server, PHONE);
  await phone.go("/put");
  await phone.fill(LETTER);
  await phone.page.locator("h1").click();
  await picture(phone, "put");
  await phone.submit();
  const key = await phone.key();
  await picture(phone, "key");

  const night = await Visitor.arrive(browser, server, { ...PHONE, theme: "dark" });
  await night.open(key);
  await night.page.getByRole("timer").waitFor();
  await picture(night, "wait");

  for (const visitor of [desk, phone, night]) await visitor.leave();
} finally {
  await browser.close();
  await server.stop();
}
