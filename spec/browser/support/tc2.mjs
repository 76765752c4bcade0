/** The second implementation of the formats (spec/support/tc2.py), for the browser specs. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** @typedef {{ text: string, message: string, opens_at: number, error?: string }} Answer */

/**
 * Asks spec/support/tc2.py, whose head tells what.
 * @param {Record<string, unknown>} question
 * @returns {Promise<Answer>}
 */
export async function ask(question) {
  const child = spawn(`${ROOT}spec/support/tc2.py`, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(`${JSON.stringify(question)}\n`);
  let out = "";
  for await (const part of child.stdout) out += part;
  return JSON.parse(out);
}

/**
 * The test vectors of docs/encryption.md.
 * @returns {{ passphrase: string, rounds: number, opens_at: number, salt: string, iv: string, commitment: string,
 *   message: string, text: string }[]}
 */
export function vectors() {
  const [, block = ""] = /\n```json\n([^]*?)\n```/.exec(readFileSync(`${ROOT}docs/encryption.md`, "utf8")) ?? [];
  return JSON.parse(block);
}

/**
 * Contents in the original's format; passphrases from the outermost layer inwards.
 * @returns {{ what: string, text: string, passphrases: string[], stored: string }[]}
 */
export function legacyContents() {
  return JSON.parse(readFileSync(`${ROOT}spec/fixtures/legacy/contents.json`, "utf8"));
}
