/** Every page as it is with script: in every state on a large window by day, in one on a small one by night. */
import { suite } from "./support/suite.mjs";
import { ONE_EACH, SERVER, everyState } from "./support/states.mjs";

suite("every page", SERVER, ({ it }) => {
  everyState(it, { lang: "en", theme: "light", width: 1280 });
  everyState(it, { lang: "zh-CN", theme: "dark", width: 320 }, ONE_EACH);
});
