/** WebKitGTK's MiniBrowser under Xvfb, over WebDriver as Debian's webkit2gtk-driver speaks it. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Hand } from "./hand.mjs";
import { freePort } from "./server.mjs";

const DRIVER = "/usr/bin/WebKitWebDriver";
const MACHINE = process.arch === "arm64" ? "aarch64" : "x86_64";
const BROWSERS = ["2gtk-4.1", "2gtk-4.0", "gtk-6.0"].map((api) => `/usr/lib/${MACHINE}-linux-gnu/webkit${api}/MiniBrowser`);
const START_MS = 60_000;
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf"; // how WebDriver marks one

/** A display of its own. @returns {Promise<{ name: string, end: () => void }>} */
async function display() {
  const child = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const numbers = /** @type {import("node:stream").Readable} */ (child.stdio[3]);
  const [number] = await new Promise((resolve, reject) => {
    child.once("error", reject).once("exit", () => reject(new Error("Xvfb did not start")));
    numbers.once("data", (bytes) => resolve([String(bytes).trim()]));
  });
  return { name: `:${number}`, end: () => child.kill() };
}

/**
 * @param {{ lang?: string, width?: number }} [wished] no narrower than its tool bar
 * @returns {Promise<Hand>}
 */
export async function webkit({ lang = "en", width = 1280 } = {}) {
  const screen = await display();
  const port = await freePort();
  const locale = lang.replace("-", "_");
  const driver = spawn(DRIVER, [`--port=${port}`], {
    stdio: "ignore",
    env: { ...process.env, DISPLAY: screen.name, GDK_BACKEND: "x11", LANGUAGE: locale, LC_ALL: "C.UTF-8" },
  });

  /** @param {string} path @param {unknown} [body] a question without one @param {string} [method] */
  async function ask(path, body, method = body === undefined ? "GET" : "POST") {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body === undefined ? null : JSON.stringify(body) });
    const { value } = await answer.json();
    if (value?.error) throw new Error(`${path}: ${value.error}: ${value.message}`);
    return value;
  }

  for (const end = Date.now() + START_MS; ; await new Promise((done) => setTimeout(done, 50))) {
    if (await ask("/status").then(() => true, () => false)) break;
    if (Date.now() > end) throw new Error(`${DRIVER} does not answer`);
  }
  const binary = BROWSERS.find((path) => existsSync(path));
  const alwaysMatch = { "webkitgtk:browserOptions": { binary, args: ["--automation"] } };
  const { sessionId } = await ask("/session", { capabilities: { alwaysMatch } });
  const session = `/session/${sessionId}`;

  await ask(`${session}/window/rect`, { x: 0, y: 0, width, height: 1000 });

  /** Finds an element and brings it into sight, which this driver wants and does not do itself. @param {string} css */
  async function find(css) {
    const element = await ask(`${session}/element`, { using: "css selector", value: css });
    const script = 'arguments[0].scrollIntoView({ block: "center", behavior: "instant" })';
    await ask(`${session}/execute/sync`, { script, args: [element] });
    return `${session}/element/${element[ELEMENT]}`;
  }

  return new Hand("WebKit", {
    go: (url) => ask(`${session}/url`, { url }),
    back: () => ask(`${session}/back`, {}),
    click: async (css) => ask(`${await find(css)}/click`, {}),
    async type(css, text) {
      const element = await find(css);
      await ask(`${element}/clear`, {});
      await ask(`${element}/value`, { text });
    },
    async evaluate(script, args) {
      const wrapped = `const [args, done] = arguments; (async () => { ${script} })().then((value) => done([value]), (error) => done([null, String(error)]))`;
      const [value, error] = await ask(`${session}/execute/async`, { script: wrapped, args: [args] });
      if (error) throw new Error(error);
      return value;
    },
    async close() {
      await ask(session, undefined, "DELETE").catch(() => {});
      driver.kill();
      screen.end();
    },
  });
}
