/** What a key costs in the message of the put form, and what waits until the typing rests. */
import assert from "node:assert/strict";
import { WITH_MAIL } from "./support/server.mjs";
import { NOW } from "./support/states.mjs";
import { suite } from "./support/suite.mjs";

suite("typing", { clock: NOW, args: WITH_MAIL }, ({ it }) => {
  it("leaves a browser little to do at a key: it reads the message alone of all fields, and lays out that alone of the page", async (visitor) => {
    await visitor.go("/put");
    const told = await visitor.page.evaluate(() => {
      const [form, message] = ["put-form", "content"].map((id) => document.getElementById(id));
      const probe = document.createElement("textarea");
      probe.rows = 9;
      message?.after(probe);
      const [nine = 0, ten = 0] = [probe, message].map((e) => e?.getBoundingClientRect().height);
      probe.remove();
      if (!(form instanceof HTMLFormElement) || !message) return null;
      return {
        lists: [...form.elements].filter((e) => e instanceof HTMLSelectElement).length,
        folded: [...form.elements].filter((e) => e.closest(".fold")).length,
        beside: message instanceof HTMLTextAreaElement ? [...message.form?.elements ?? []].map((e) => e.id) : null,
        contain: getComputedStyle(message).contain,
        lines: (ten - nine) / parseFloat(getComputedStyle(message).lineHeight),
      };
    });
    assert.deepEqual({ ...told, lines: told?.lines.toFixed(1) }, { lists: 0, folded: 0, beside: ["content"], contain: "strict", lines: "1.0" });
    await visitor.fill({ name: "Ada", content: "words", tz: "Asia/Kathmandu", time: "2031-01-01T12:00" });
    await visitor.submit();
    assert.match(await visitor.page.locator("#capsule-opens").innerText(), /12:00 \(Asia\/Kathmandu, UTC\+05:45\)/);
  });

  it("hides what is folded in the way that can be found, which costs at each key, while nobody writes", async (visitor) => {
    const { page } = visitor;
    const hidden = () => page.locator("#put-form details").evaluateAll((all) =>
      [...new Set(all.map((e) => getComputedStyle(e, "::details-content").display))]);
    await visitor.go("/put");
    assert.deepEqual(await hidden(), ["block"]);
    await page.focus("#content");
    assert.deepEqual(await hidden(), ["none"]);
    await page.keyboard.press("Tab");
    assert.deepEqual(await hidden(), ["block"]);
  });

  it("shows the count and keeps the draft when the typing rests, also behind an answer that was no", async (visitor) => {
    const { page } = visitor;
    await visitor.go("/put");
    await page.locator("#content").pressSequentially("half a letter", { delay: 20 });
    await page.getByText("13 of 5000 characters", { exact: true }).waitFor();
    await page.waitForFunction(() => sessionStorage.getItem("tc-draft")?.includes("half a letter"));
    await page.click("#put-form button[type=submit]");
    await page.locator("#name-error").waitFor();
    await page.locator("#content").pressSequentially(" more");
    await page.getByText("18 of 5000 characters", { exact: true }).waitFor();
    await page.waitForFunction(() => /half a letter.*more|more.*half a letter/.test(sessionStorage.getItem("tc-draft") ?? ""));
  });
});
