/**
 * The one Chromium of a run.  spec/browser/run.mjs starts it and tells its address; a spec file that is
 * run by itself starts its own.
 */
import { chromium } from "playwright-core";

/** Names that lead to this machine; every other one leads nowhere. */
export const PLAIN_HOST = "capsule.example";

const LAUNCH = {
  executablePath: process.env.SPEC_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", // it refuses to run as root with one
    `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
  ],
};

/** @returns {Promise<import("playwright-core").BrowserServer>} */
export function launchShared() {
  return chromium.launchServer({ ...LAUNCH, host: "127.0.0.1" }); // "localhost" needs /etc/hosts
}

/** @returns {Promise<import("playwright-core").Browser>} */
export function browser() {
  const shared = process.env.SPEC_BROWSER;
  return shared ? chromium.connect(shared) : chromium.launch(LAUNCH);
}
