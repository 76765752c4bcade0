/**
 * Somebody at a browser that Playwright does not know: as much of a hand as a journey needs, the same for
 * Firefox (support/firefox.mjs) and WebKit (support/webkit.mjs).
 */
import { createServer, request } from "node:http";

/**
 * @typedef {object} Engine What an engine's module gives.
 * @property {(url: string) => Promise<void>} go
 * @property {() => Promise<void>} back
 * @property {(css: string) => Promise<void>} click as a pointer does, on what can be seen
 * @property {(css: string, text: string) => Promise<void>} type by keys, in place of what stands there
 * @property {(script: string, args: unknown[]) => Promise<any>} evaluate the body of an async function of `args`
 * @property {() => Promise<void>} close
 */

const WAIT_MS = 60_000; // ends what hangs; nothing is measured by it

export class Hand {
  /** @param {string} name @param {Engine} engine */
  constructor(name, engine) {
    this.name = name;
    this.engine = engine;
  }

  /** @param {string} url */
  go(url) {
    return this.engine.go(url);
  }

  back() {
    return this.engine.back();
  }

  /**
   * Runs a function in the page; it sees its arguments alone.
   * @template R
   * @template {unknown[]} A
   * @param {(...args: A) => R} does
   * @param {A} args
   * @returns {Promise<Awaited<R>>}
   */
  run(does, ...args) {
    return this.engine.evaluate(`return (${does})(...args)`, args);
  }

  /**
   * Waits until a function of the page gives something true, across pages.
   * @template {unknown[]} A
   * @param {string} what for the message
   * @param {(...args: A) => unknown} check
   * @param {A} args
   */
  async until(what, check, ...args) {
    for (const end = Date.now() + WAIT_MS; Date.now() < end; ) {
      // A page that is being left answers nothing.
      if (await this.run(check, ...args).catch(() => false)) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    const page = await this.run(() => `${location.href}\n${document.body.innerText}`).catch(String);
    throw new Error(`${this.name} waited in vain for ${what}; the page is ${page}`);
  }

  /** Waits until something can be seen. @param {string} css */
  see(css) {
    const seen = (/** @type {string} */ selector) => {
      const found = document.querySelector(selector);
      return found instanceof HTMLElement && found.getClientRects().length > 0;
    };
    return this.until(css, seen, css);
  }

  /** Waits until the text of an element is like that. @param {string} css @param {RegExp} pattern */
  async reads(css, pattern) {
    const like = (/** @type {string} */ selector, /** @type {string} */ source) =>
      new RegExp(source, "s").test(document.querySelector(selector)?.textContent ?? "");
    await this.until(`${css} to be like ${pattern}`, like, css, pattern.source);
  }

  /** @param {string} css @returns {Promise<string>} */
  text(css) {
    return this.run((selector) => document.querySelector(selector)?.textContent ?? "", css);
  }

  /** @param {string} css */
  async click(css) {
    await this.see(css);
    await this.engine.click(css);
  }

  /** @param {string} css @param {string} text */
  async type(css, text) {
    await this.see(css);
    await this.engine.type(css, text);
  }

  /** Gives a control a value, as its own picker does. @param {string} css @param {string} value */
  async set(css, value) {
    await this.run((selector) => document.querySelector(selector)?.closest("details")?.setAttribute("open", ""), css);
    await this.see(css);
    await this.run((selector, wanted) => {
      const field = /** @type {HTMLInputElement | null} */ (document.querySelector(selector));
      if (!field) return;
      field.value = wanted;
      for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
    }, css, value);
  }

  /** Presses what makes the page save a file, and gives the file's text. @param {string} css @returns {Promise<string>} */
  async saves(css) {
    await this.run(() => {
      HTMLAnchorElement.prototype.click = () => {};
      URL.createObjectURL = (blob) => {
        if (blob instanceof Blob) blob.text().then((text) => (document.body.dataset.saved = text));
        return "blob:saved";
      };
    });
    await this.click(css);
    await this.until("a file", () => document.body.dataset.saved);
    return this.run(() => document.body.dataset.saved ?? "");
  }

  close() {
    return this.engine.close();
  }
}

/**
 * The same server for a browser without script: in between, what our scripts are made of comes empty.
 * @param {string} url
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function withoutScripts(url) {
  const { hostname, port } = new URL(url);
  const between = createServer((asked, answer) => {
    if (asked.url?.startsWith("/static/js/")) {
      answer.writeHead(200, { "Content-Type": "text/javascript" }).end();
      return;
    }
    const { method, headers, url: path } = asked;
    asked.pipe(request({ hostname, port, method, headers, path }, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers);
      answered.pipe(answer);
    }));
  });
  await new Promise((done) => between.listen(0, "127.0.0.1", () => done(undefined)));
  const address = between.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    stop: () => new Promise((done) => {
      between.close(() => done());
      between.closeAllConnections();
    }),
  };
}
