/** Debian's Chromium. */
import { chromium } from "playwright-core";

/** Names that lead to this machine; every other one leads nowhere. */
export const PLAIN_HOST = "capsule.example";

/**
 * What Playwright switches off, whose own list this one replaces; and two pages of Chromium's own in every window,
 * which cost more than ours do.
 */
const OFF = [
  "AutoDeElevate", "AvoidUnnecessaryBeforeUnloadCheckSync", "BoundaryEventDispatchTracksNodeRemoval",
  "DestroyProfileOnBrowserClose", "DialMediaRouteProvider", "GlobalMediaControls", "HttpsUpgrades", "LensOverlay",
  "MediaRouter", "OptimizationHints", "PaintHolding", "RenderDocument", "ThirdPartyStoragePartitioning", "Translate",
  "WebUIOmniboxAimPopup", "WebUIOmniboxPopup",
];

/** @returns {Promise<import("playwright-core").Browser>} */
export function browser() {
  return chromium.launch({
    executablePath: process.env.SPEC_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", // it refuses to run as root with one
      `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
      `--disable-features=${OFF.join()}`,
    ],
  });
}
