/** Every page as somebody finds it: sound in both languages, both themes, on small and large windows. */
import assert from "node:assert/strict";
import { suite } from "./support/suite.mjs";

const PAGES = { home: "/", introduce: "/introduce", put: "/put", open: "/open" };

suite("the pages", {}, ({ it }) => {
  for (const [name, path] of Object.entries(PAGES)) {
    for (const lang of /** @type {const} */ (["en", "zh-CN"])) {
      it(`${name} is sound in ${lang}`, { lang }, async (visitor) => {
        const response = await visitor.go(path);
        assert.equal(response.status(), 200);
        assert.equal(await visitor.page.locator("html").getAttribute("lang"), lang);
        await visitor.expectSound(name);
        await visitor.expectKeyboard();
      });
    }
  }

  it("puts and opens", async (visitor) => {
    const key = await visitor.put();
    await visitor.expectSound("put_done");
    const response = await visitor.open(key);
    assert.equal(response.status(), 403);
    await visitor.expectSound("not_yet");
    await visitor.setClock(Math.floor(Date.now() / 1000) + 400 * 86400);
    assert.equal((await visitor.open(key)).status(), 200);
    await visitor.expectSound("opened");
  });

  it("works without script", { js: false, lang: "zh-CN", width: 320 }, async (visitor) => {
    await visitor.put();
    await visitor.expectSound("put_done-nojs");
  });
});
