/** In the long form (SOAK=1): every page in every state with every combination of what a visitor may have. */
import { soak, suite } from "./support/suite.mjs";
import { SERVER, everyState } from "./support/states.mjs";

if (soak) {
  suite("every page in every way", SERVER, ({ it }) => {
    for (const lang of /** @type {const} */ (["en", "zh-CN"])) {
      for (const theme of /** @type {const} */ (["light", "dark"]))
        for (const look of [{ width: 320 }, { width: 1440 }, { zoom: 2 }, { reducedMotion: true }])
          for (const js of /** @type {const} */ ([true, "blocked"])) everyState(it, { lang, theme, js, ...look });
      everyState(it, { lang, js: false });
    }
  });
}
