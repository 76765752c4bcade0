/**
 * Somebody with a browser: one window with its own cookies, language, colours and size, whose every
 * complaint is a fault (see guard.mjs).
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { PLAIN_HOST } from "./browser.mjs";
import * as checks from "./checks.mjs";
import { Guard } from "./guard.mjs";

const SHOTS = fileURLToPath(new URL("../../../build/reports/screenshots/", import.meta.url));
const THEMES = /** @type {const} */ (["light", "dark"]);
const WAIT_MS = 90_000; // for one action; the machine may be busy

/**
 * @typedef {object} Settings
 * @property {"en" | "zh-CN" | "zh-Hant"} [lang]
 * @property {"light" | "dark"} [theme]
 * @property {number} [width] Of the window in CSS pixels, before zooming.
 * @property {number} [height]
 * @property {number} [zoom] 2 is what 200 % does: half the pixels, each twice as large.
 * @property {boolean | "blocked"} [js] false: switched off.  "blocked": our files come empty, which is how
 *   axe-core, a script itself, can look at the page without script (it never returns when they are off).
 * @property {boolean} [reducedMotion]
 * @property {boolean} [touch] A device that is used with fingers.
 * @property {string} [zone] IANA time zone of the device.
 * @property {boolean} [plain] By plain http on a public name: no secure context, so no WebCrypto.
 */

/** @type {Required<Settings>} */
const USUAL = {
  lang: "en",
  theme: "light",
  width: 1280,
  height: 800,
  zoom: 1,
  js: true,
  reducedMotion: false,
  touch: false,
  zone: "UTC",
  plain: false,
};

/** The window in CSS pixels. @param {Required<Settings>} settings */
function size({ width, height, zoom }) {
  return { width: Math.round(width / zoom), height: Math.round(height / zoom) };
}

export class Visitor {
  /** The HTML of the page as the server has sent it. @type {Promise<string> | undefined} */
  #source;

  /**
   * @param {import("playwright-core").BrowserContext} context
   * @param {import("playwright-core").Page} page
   * @param {Guard} guard
   * @param {import("./server.mjs").Server} server
   * @param {Required<Settings>} settings
   */
  constructor(context, page, guard, server, settings) {
    this.context = context;
    this.page = page;
    this.guard = guard;
    this.server = server;
    this.settings = settings;
    page.on("response", (response) => {
      const html = response.headers()["content-type"]?.startsWith("text/html");
      if (!html || !response.request().isNavigationRequest()) return;
      this.#source = response.text();
      this.#source.catch(() => {}); // the page was left before anybody asked
    });
  }

  /**
   * Opens a window.
   * @param {import("playwright-core").Browser} browser
   * @param {import("./server.mjs").Server} server
   * @param {Settings} [wished]
   * @returns {Promise<Visitor>}
   */
  static async arrive(browser, server, wished = {}) {
    const settings = { ...USUAL, ...wished };
    const base = settings.plain ? server.url.replace("127.0.0.1", PLAIN_HOST) : server.url;
    const context = await browser.newContext({
      baseURL: base,
      locale: settings.lang,
      colorScheme: settings.theme,
      reducedMotion: settings.reducedMotion ? "reduce" : "no-preference",
      viewport: size(settings),
      deviceScaleFactor: settings.zoom,
      javaScriptEnabled: settings.js !== false,
      timezoneId: settings.zone,
      hasTouch: settings.touch,
      isMobile: settings.touch,
      permissions: settings.plain ? [] : ["clipboard-read", "clipboard-write"],
    });
    context.setDefaultTimeout(WAIT_MS);
    if (settings.js === "blocked")
      await context.route("**/static/js/**", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
    const guard = new Guard(new URL(base).origin);
    await guard.watch(context);
    if (settings.plain) guard.allow(/Cross-Origin-Opener-Policy header has been ignored/); // it needs https
    const page = await context.newPage();
    await guard.inspect(page);
    const visitor = new Visitor(context, page, guard, server, settings);
    await visitor.takeClock();
    return visitor;
  }

  /** Everything that this browser has asked for, in order. */
  get sent() {
    return this.guard.sent;
  }

  /** @param {string} path */
  async go(path) {
    const response = await this.page.goto(path);
    if (!response) throw new Error(`no answer to ${path}`);
    return response;
  }

  /**
   * Posts what no form of ours would: fields, or a body of another type.
   * @param {string} path
   * @param {Record<string, string> | string} body
   * @param {string} [type]
   */
  async post(path, body, type = "application/x-www-form-urlencoded") {
    const postData = typeof body === "string" ? body : new URLSearchParams(body).toString();
    const send = (/** @type {import("playwright-core").Route} */ route) =>
      route.continue({ method: "POST", postData, headers: { ...route.request().headers(), "content-type": type } });
    await this.page.route(`**${path}`, send, { times: 1 });
    return this.go(path);
  }

  /** The device's clock shows what the server's does, where that one was set. */
  async takeClock() {
    if (this.server.hasOwnClock && this.settings.js !== false)
      await this.context.clock.setSystemTime(this.server.now());
  }

  /**
   * Sets the server's clock and the device's.
   * @param {string | number} moment RFC 3339, or unix seconds
   */
  async setClock(moment) {
    await this.server.setClock(moment);
    await this.takeClock();
  }

  /**
   * Fills fields of the page's form by their names; a boolean ticks or unticks.
   * @param {Record<string, string | boolean>} fields
   */
  async fill(fields) {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.page.locator(`main [name="${name}"]:not([type=hidden])`);
      const kind = await field.evaluate((e) => {
        const fold = e.closest("details");
        if (fold) fold.open = true;
        return `${e.localName} ${e.getAttribute("type")}`;
      });
      if (typeof value === "boolean") await field.setChecked(value);
      else if (kind.startsWith("select")) await field.selectOption(value);
      else await field.fill(kind === "input datetime-local" ? value.replace(" ", "T") : value);
    }
  }

  /** Sends the page's first form by its own button and waits for the answer. */
  submit() {
    return this.press("main form button[type=submit]");
  }

  /**
   * Presses what leads to another page and waits for that.
   * @param {string} selector
   */
  async press(selector) {
    const answered = this.page.waitForResponse((r) => r.request().isNavigationRequest());
    await this.page.locator(selector).first().click();
    const response = await answered;
    await response.finished();
    await this.page.waitForLoadState();
    return response;
  }

  /**
   * Presses what gives a file.
   * @param {string} selector
   * @returns {Promise<{ name: string, text: string }>}
   */
  async download(selector) {
    const begun = this.page.waitForEvent("download");
    await this.page.locator(selector).click();
    const file = await begun;
    const parts = [];
    for await (const part of await file.createReadStream()) parts.push(part);
    return { name: file.suggestedFilename(), text: Buffer.concat(parts).toString() };
  }

  /**
   * Puts a capsule through the form.
   * @param {Record<string, string | boolean>} [fields] over those of a form in order
   * @returns {Promise<string>} its key, as it stands on the page, without dashes
   */
  async put(fields = {}) {
    await this.go("/put");
    await this.fill({ name: "Alice", content: "words for later", ...fields });
    const response = await this.submit();
    if (response.status() !== 200) throw new Error(`the form was answered ${response.status()}`);
    return this.key();
  }

  /** The key on the page that shows it. */
  async key() {
    const shown = await this.page.locator("#capsule-key").textContent();
    return (shown ?? "").replace(/[^0-9A-Za-z]/g, "");
  }

  /**
   * Opens a capsule through the form.
   * @param {string} key
   */
  async open(key) {
    await this.go("/open");
    await this.fill({ key });
    return this.submit();
  }

  /** The HTML of the page as the server has sent it, before any script. */
  async source() {
    if (!this.#source) throw new Error("no page has been fetched yet");
    return this.#source;
  }

  expectFits() {
    return checks.expectFits(this.page);
  }

  expectWhole() {
    return checks.expectWhole(this.page);
  }

  expectKeyboard() {
    return checks.expectKeyboard(this.page);
  }

  async expectAccessible() {
    if (this.settings.js === false) throw new Error('axe-core never returns without script: use js: "blocked"');
    await checks.expectAccessible(this.page);
  }

  async expectValid() {
    await checks.expectValid(await this.source(), this.page.url());
  }

  /**
   * All that has to hold for every page in every state: what axe-core says of it by day and by night, the HTML
   * checker and the keyboard as it stands, and whether it fits on 320 px, tears nothing there, fits at 200 % and with letters of twice the size, and keeps still for those who want that.
   */
  async expectSound() {
    const { settings, page } = this;
    await this.expectFits();
    // The HTML is the same whatever becomes of the scripts that it names.
    if (settings.js === true) await this.expectValid();
    if (settings.js !== false) {
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        await this.expectAccessible();
      }
      await page.emulateMedia({ colorScheme: settings.theme });
    }
    await this.expectKeyboard();
    for (const width of [320, USUAL.width / 2]) {
      await page.setViewportSize({ width, height: USUAL.height / 2 });
      await this.expectFits();
      await this.expectWhole();
    }
    await checks.expectFitsLarge(page);
    await page.setViewportSize(size(settings));
    await page.emulateMedia({ reducedMotion: "reduce" });
    await checks.expectStill(page);
    await page.emulateMedia({ reducedMotion: settings.reducedMotion ? "reduce" : "no-preference" });
  }

  /**
   * The whole page as build/reports/screenshots/NAME-LANG-THEME-WIDTH.png.
   * @param {string} name
   * @param {Partial<Pick<Required<Settings>, "theme" | "width">>} [look] other than the visitor's own
   */
  async shot(name, look = {}) {
    const { lang, theme, width, height } = { ...this.settings, ...look };
    await this.page.emulateMedia({ colorScheme: theme });
    await this.page.setViewportSize({ width, height });
    await mkdir(SHOTS, { recursive: true });
    await this.page.screenshot({ path: `${SHOTS}${name}-${lang}-${theme}-${width}.png`, fullPage: true });
  }

  async leave() {
    await this.context.close();
  }
}
