/**
 * Runs browser specs, some files at a time; the last line is `N passed, N failed`.
 *
 *     node run.mjs [NAME_spec.mjs…]     all of this folder without a name
 */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const AT_ONCE = 3; // they wait for Chromium's timers and frames more than they work
const FIRST = "pages_spec.mjs"; // takes longest

function files() {
  const named = process.argv.slice(2);
  if (named.length) return named.map((name) => resolve(HERE, basename(name)));
  const all = readdirSync(HERE).filter((name) => name.endsWith("_spec.mjs"));
  return [...new Set([FIRST, ...all])].map((name) => HERE + name);
}

/** @typedef {Error & { failureType?: string }} TestError */

/** @param {TestError} error */
function why(error) {
  const cause = error.cause ?? error;
  const told = cause instanceof Error ? cause.stack ?? cause.message : inspect(cause);
  return told.replace(/\n +at .*(node:internal|Promise\.all).*/g, "").replace(/^/gm, "    ");
}

let passed = 0;
let failed = 0;

const chosen = files();
const stream = run({ files: chosen, concurrency: AT_ONCE });
stream.on("test:pass", ({ name, details }) => {
  // A file that has nothing to say today is no test.
  if (details.type === "suite" || chosen.includes(name)) return;
  passed += 1;
  console.log(`ok ${name} (${(details.duration_ms / 1000).toFixed(1)} s)`);
});
stream.on("test:fail", ({ name, details }) => {
  // A suite or a file that only has failed tests has been told of already.
  const error = /** @type {TestError} */ (details.error);
  if (error.failureType === "subtestsFailed") return;
  failed += 1;
  console.log(`not ok ${name}\n${why(error)}`);
});
stream.on("test:stderr", ({ message }) => process.stderr.write(message));
stream.resume();
await once(stream, "end");

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
