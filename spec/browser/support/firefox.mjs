/** Debian's firefox-esr over WebDriver BiDi. */
import puppeteer from "puppeteer-core";
import { Hand } from "./hand.mjs";

/**
 * The size has been sent before the orientation, which Firefox 140 does not know: that refusal is none of the size.
 * @param {import("puppeteer-core").Page} page
 * @param {number} width
 */
async function resize(page, width) {
  await page.setViewport({ width, height: 900 }).catch((/** @type {Error} */ error) => {
    if (!error.message.includes("setScreenOrientationOverride")) {
      throw error;
    }
  });
  await page.waitForFunction((wanted) => innerWidth === wanted, {}, width);
}

/**
 * @param {{ lang?: string, dark?: boolean, width?: number }} [wished]
 * @returns {Promise<Hand>}
 */
export async function firefox({ lang = "en", dark = false, width = 1280 } = {}) {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.SPEC_FIREFOX ?? "/usr/bin/firefox-esr",
    headless: true,
    defaultViewport: null,
    extraPrefsFirefox: {
      "intl.accept_languages": lang,
      "layout.css.prefers-color-scheme.content-override": dark ? 0 : 1,
      "privacy.reduceTimerPrecision": false,
    },
  });
  const page = await browser.newPage();
  await resize(page, width).catch(async (error) => {
    await browser.close(); // which would keep the whole run waiting
    throw error;
  });
  page.on("dialog", (dialog) => dialog.accept());
  return new Hand("Firefox", {
    go: async (url) => void (await page.goto(url)),
    back: async () => void (await page.goBack()),
    async click(css) {
      await page.$eval(css, (element) => element.scrollIntoView({ block: "center" }));
      await page.click(css);
    },
    async type(css, text) {
      await page.$eval(css, (element) => /** @type {HTMLInputElement} */ (element).select());
      await page.keyboard.press("Backspace");
      await page.type(css, text);
    },
    evaluate: (script, args) => page.evaluate(`(async (args) => { ${script} })(${JSON.stringify(args)})`),
    close: () => browser.close(),
  });
}
