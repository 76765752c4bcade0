/**
 * Draws the two pictures that others than browsers of our pages show, from the drawings beside this file: the card of
 * a shared link, and the icon of a phone's home screen.
 *
 *     spec/browser/install && node docs/images/draw.mjs
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { browser as newBrowser } from "../../spec/browser/support/browser.mjs";

const PICTURES = [
  { drawing: "card", file: "card.jpg", width: 1200, height: 630 },
  { drawing: "icon", file: "icon.png", width: 512, height: 512 },
];

const browser = await newBrowser();
try {
  for (const { drawing, file, width, height } of PICTURES) {
    const page = await browser.newPage({ viewport: { width, height } });
    const svg = await readFile(new URL(`${drawing}.svg`, import.meta.url), "utf8");
    await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${svg}`);
    await page.screenshot({ path: fileURLToPath(new URL(`../../static/img/${file}`, import.meta.url)),
      ...(file.endsWith(".jpg") && { quality: 85 }) });
    await page.close();
  }
} finally {
  await browser.close();
}
