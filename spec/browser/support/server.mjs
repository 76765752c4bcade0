/**
 * The real program for a browser spec: a free port, a data folder of its own, SQLite, and a clock
 * that the spec sets.  It runs under spec/support/guard, which kills it and removes its folder when
 * this process is gone.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, mkdir } from "node:fs/promises";
import { createServer, connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PROGRAM = process.env.SPEC_PROGRAM ?? `${ROOT}build/debug/timecapsule`;
const START_MS = 60_000;
const STOP_MS = 60_000;
const SANITIZERS = /ERROR: (Address|Leak)Sanitizer|runtime error:|AddressSanitizer:DEADLYSIGNAL/;

/** As a site is that can send email; nobody takes any here. */
export const WITH_MAIL = ["--mail", "smtp://127.0.0.1:9", "--mail-from", "capsule@sender.example"];

/**
 * @typedef {object} ServerOptions
 * @property {string[]} [args] More words for the command line.
 * @property {string} [clock] Where its clock starts, RFC 3339 in UTC; the real time without it.
 * @property {boolean} [publicUrl] Whether it knows its own address (links, QR codes); yes by default.
 */

/** @param {string} path @returns {Promise<string>} */
async function text(path) {
  return readFile(path, "utf8").catch(() => "");
}

/**
 * @template T
 * @param {number} ms
 * @param {() => Promise<T>} check
 * @returns {Promise<T | undefined>}
 */
async function until(ms, check) {
  for (const end = Date.now() + ms; Date.now() < end; await pause(10)) {
    const found = await check();
    if (found) return found;
  }
  return undefined;
}

/** A port that nobody listens on, below those that Linux gives to whoever connects. @returns {Promise<number>} */
export function freePort() {
  const port = 10_000 + Math.floor(Math.random() * 22_768);
  return new Promise((resolve, reject) => {
    const probe = createServer().on("error", (/** @type {NodeJS.ErrnoException} */ error) =>
      error.code === "EADDRINUSE" ? resolve(freePort()) : reject(error));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(port)));
  });
}

/** @param {string} moment RFC 3339 @returns {number} unix seconds */
function unix(moment) {
  const ms = Date.parse(moment);
  if (Number.isNaN(ms)) throw new Error(`not a moment: ${moment}`);
  return Math.floor(ms / 1000);
}

export class Server {
  /** How far its clock is ahead of this process's, in milliseconds; undefined: never set. */
  /** @type {number | undefined} */
  #ahead;
  /** @type {import("node:child_process").ChildProcess} */
  #leash;

  /** @param {string} folder @param {string} url @param {import("node:child_process").ChildProcess} leash */
  constructor(folder, url, leash) {
    this.folder = folder;
    this.data = `${folder}/data`;
    this.url = url;
    this.#leash = leash;
  }

  log() {
    return text(`${this.folder}/log`);
  }

  /** The address of its admin listener. @returns {Promise<string>} */
  async admin() {
    const [, url] = /admin listening on (http:[^\s"]+)/.exec(await this.log()) ?? [];
    if (!url) throw new Error("the admin listener is not in the log");
    return url;
  }

  /** Makes a token of its admin pages. @returns {Promise<string>} */
  async token() {
    const words = ["admin-token", "--for", "Ada", "--data", this.data];
    const child = spawn(PROGRAM, words, { stdio: ["ignore", "pipe", "inherit"], cwd: ROOT });
    let out = "";
    for await (const part of child.stdout) out += part;
    const [token] = /tca_\w+/.exec(out) ?? [];
    if (!token) throw new Error(`no token was made: ${out}`);
    return token;
  }

  /** Whether its clock was set, so that a browser's has to be set alike. */
  get hasOwnClock() {
    return this.#ahead !== undefined;
  }

  /** Its time in milliseconds. */
  now() {
    return Date.now() + (this.#ahead ?? 0);
  }

  /**
   * Its clock starts there and runs on.
   * @param {string | number} moment RFC 3339, or unix seconds
   */
  async setClock(moment) {
    const seconds = typeof moment === "number" ? moment : unix(moment);
    await this.control(`clock ${seconds}`);
    this.#ahead = seconds * 1000 - Date.now();
  }

  /**
   * One line to the control socket, such as "reload".
   * @param {string} line
   * @returns {Promise<string>} what it answers
   */
  async control(line) {
    const answer = await new Promise((resolve, reject) => {
      let all = "";
      connect(`${this.data}/control.sock`)
        .on("error", reject)
        .on("data", (bytes) => (all += bytes))
        .on("end", () => resolve(all))
        .end(`${line}\n`);
    });
    const [, word, rest] = /^(\w+)\n([^]*)$/.exec(answer) ?? [];
    if (word !== "ok") throw new Error(`the control socket answered '${line}' with: ${answer}`);
    return rest ?? "";
  }

  /**
   * Puts a capsule through the API and returns its key; without opens_at it opens in an hour.
   * @param {Record<string, unknown>} [capsule] name, content, opens_at, tips, email …
   * @returns {Promise<string>}
   */
  async put(capsule = {}) {
    const body = {
      name: "Alice",
      content: "words for later",
      opens_at: Math.floor(this.now() / 1000) + 3600,
      ...capsule,
    };
    const answer = await fetch(`${this.url}/api/v1/capsules`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const told = await answer.json();
    if (answer.status !== 201) throw new Error(`not put: ${JSON.stringify(told)}`);
    return told.key;
  }

  /**
   * Runs SQL on its database, beside it.
   * @param {string} statement
   * @returns {Promise<string>}
   */
  async sql(statement) {
    const child = spawn("sqlite3", ["-batch", "-cmd", ".timeout 5000", `${this.data}/capsules.db`, statement], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    for await (const part of child.stdout) out += part;
    return out.trim();
  }

  /** Ends it, and fails when it did not end well or a sanitizer has found something. */
  async stop() {
    const pid = Number(await text(`${this.folder}/pid`));
    try {
      process.kill(pid, "SIGTERM");
    } catch {
      // it has ended already: its status tells
    }
    const status = await until(STOP_MS, () => text(`${this.folder}/status`));
    const log = await this.log();
    const gone = new Promise((resolve) => this.#leash.once("exit", resolve));
    this.#leash.stdin?.end();
    await gone;
    if (status?.trim() !== "0") throw new Error(`the server ended with status ${status}; its log:\n${log}`);
    if (SANITIZERS.test(log)) throw new Error(`a sanitizer has found something:\n${log}`);
  }
}

/** @param {string} folder @returns {Promise<string | undefined>} the public address, once it accepts */
async function listening(folder) {
  for (const line of (await text(`${folder}/log`)).split("\n")) {
    const [, who, url] = /(\w*) ?listening on (http:[^\s"]+)/.exec(line) ?? [];
    if (url && who !== "admin") return url;
  }
  return undefined;
}

/**
 * @param {ServerOptions} [options]
 * @returns {Promise<Server>}
 */
export async function start(options = {}) {
  const folder = await mkdtemp("/tmp/timecapsule-spec.");
  await mkdir(`${folder}/data`);
  const address = `127.0.0.1:${await freePort()}`;
  const words = [PROGRAM, "serve", "--data", `${folder}/data`, "--listen", address];
  words.push("--admin-listen", "127.0.0.1:0", "--rate-limits", "off", "--time-zone", "UTC");
  if (options.publicUrl ?? true) words.push("--public-url", `http://${address}`);
  const leash = spawn(`${ROOT}spec/support/guard`, [folder, ...words, ...(options.args ?? [])], {
    stdio: ["pipe", "ignore", "inherit"],
    cwd: ROOT,
  });
  const url = await until(START_MS, async () => (await listening(folder)) ?? ((await text(`${folder}/status`)) && "ended"));
  if (!url || url === "ended") {
    const log = await text(`${folder}/log`);
    leash.stdin.end();
    throw new Error(`the server did not start; its log:\n${log}`);
  }
  const server = new Server(folder, url, leash);
  if (options.clock) await server.setClock(options.clock);
  return server;
}
