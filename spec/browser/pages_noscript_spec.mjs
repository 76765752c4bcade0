/**
 * Every page without script; and once more for axe-core, which is a script itself, those that look
 * otherwise then.  matrix_spec.mjs has them in every state.
 */
import { suite } from "./support/suite.mjs";
import { ONE_EACH, SERVER, everyState } from "./support/states.mjs";

suite("every page without script", SERVER, ({ it }) => {
  everyState(it, { js: false, lang: "zh-CN", theme: "light", width: 1280 }, ONE_EACH);
  everyState(it, { js: "blocked", lang: "en", theme: "dark", width: 320 }, ["put", "put_done", "open", "not_yet", "opened"]);
});
