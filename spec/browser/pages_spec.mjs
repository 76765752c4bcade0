/** Every page in every state, as it is with script: on a large window by day, on a small one by night. */
import { suite } from "./support/suite.mjs";
import { SERVER, everyState } from "./support/states.mjs";

suite("every page", SERVER, ({ it }) => {
  everyState(it, { lang: "en", theme: "light", width: 1280 });
  everyState(it, { lang: "zh-CN", theme: "dark", width: 320 });
});
