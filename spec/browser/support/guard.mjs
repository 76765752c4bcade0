/**
 * Watches everything that a browser says about a page.  A test fails when there was a console error or
 * warning, an uncaught exception, an issue of the developer tools (a breach of the content security
 * policy is one), a request that failed, an answer with a bad status to anything but the navigation
 * itself, or a request to another origin.
 */

/** What Chromium logs for every status from 400 on; answers are judged by themselves below. */
const STATUS_LINE = /^Failed to load resource: the server responded with a status of \d+/;

/** Addresses that stay inside the browser. */
const LOCAL = /^(data|blob|about):/;

/** What becomes of an icon that is still on its way when the page is left, and of a navigation to a file. */
const LEFT = "net::ERR_ABORTED";
const CUT = ["other", "document"];

/** @typedef {{ method: string, url: string, body: string, type: string }} Sent */

export class Guard {
  /** @type {string[]} */
  #faults = [];
  /** @type {RegExp[]} */
  #allowed = [];
  /** Every request that left the browser, in order. @type {Sent[]} */
  sent = [];

  /** @param {string} origin the only one that may be asked */
  constructor(origin) {
    this.origin = origin;
  }

  /**
   * From now on what matches is no fault: for tests that provoke one.
   * @param {RegExp} pattern
   */
  allow(pattern) {
    this.#allowed.push(pattern);
  }

  /** @param {string} what */
  fault(what) {
    if (!this.#allowed.some((pattern) => pattern.test(what))) this.#faults.push(what);
  }

  /** @param {import("playwright-core").BrowserContext} context */
  async watch(context) {
    context.on("console", (message) => {
      const told = message.text();
      if (!["error", "warning"].includes(message.type()) || STATUS_LINE.test(told)) return;
      this.fault(`console ${message.type()}: ${told} (${message.location().url})`);
    });
    context.on("weberror", (error) => this.fault(`exception: ${error.error().stack ?? error.error()}`));
    context.on("request", (request) => this.#request(request));
    context.on("requestfailed", (request) => {
      const why = request.failure()?.errorText;
      if (why === LEFT && CUT.includes(request.resourceType())) return;
      this.fault(`request failed: ${request.url()}: ${why}`);
    });
    context.on("response", (response) => {
      if (response.status() >= 400 && !response.request().isNavigationRequest())
        this.fault(`answered ${response.status()}: ${response.url()}`);
    });
  }

  /** The issues of the developer tools. @param {import("playwright-core").Page} page */
  async inspect(page) {
    const tools = await page.context().newCDPSession(page);
    tools.on("Audits.issueAdded", ({ issue }) =>
      this.fault(`issue: ${issue.code} ${JSON.stringify(issue.details)}`));
    await tools.send("Audits.enable");
  }

  /** @param {import("playwright-core").Request} request */
  #request(request) {
    const url = request.url();
    if (LOCAL.test(url)) return;
    const body = request.postData() ?? "";
    this.sent.push({ method: request.method(), url, body, type: request.resourceType() });
    if (new URL(url).origin !== this.origin) this.fault(`request to another origin: ${url}`);
  }

  /** The faults until now, which are then forgotten. */
  take() {
    return this.#faults.splice(0);
  }

  /** Throws when there was a fault. */
  expectClean() {
    const faults = this.take();
    if (faults.length) throw new Error(`the browser complains:\n  ${faults.join("\n  ")}`);
  }
}
