/** What a developer sees with --watch: a page that was changed fetches itself again, and so does the error page. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { suite } from "./support/suite.mjs";

const site = await mkdtemp(join(tmpdir(), "timecapsule-spec."));
const FOOTER = "templates/partials/site_footer.html";

/** In one step, as editors do. @param {string} text */
async function write(text) {
  const path = join(site, FOOTER);
  const beside = join(dirname(path), ".new");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(beside, text);
  await rename(beside, path);
}

await write('<p class="mark">one</p>\n');
after(() => rm(site, { recursive: true }));

suite("a page of a server with --watch", { args: ["--watch", "--site", site] }, ({ it }) => {
  it("fetches itself again when a file has changed, and keeps what works meanwhile", async (visitor, { server }) => {
    const { page } = visitor;
    visitor.guard.allow(/ERR_ABORTED/); // what a page still fetches when it fetches itself again
    await visitor.go("/");
    await page.getByText("one", { exact: true }).waitFor();
    await write('<p class="mark"><% if %></p>\n');
    while (!/the reload failed/.test(await server.log())) await pause(20);
    await page.getByRole("alert").getByText("partials/site_footer.html:1").waitFor();
    await page.getByRole("alert").getByText("generation 1 still serves this page").waitFor();
    assert.ok(await page.getByText("one", { exact: true }).isVisible());
    await write('<p class="mark">two</p>\n');
    await page.getByText("two", { exact: true }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/");
    assert.equal(await page.getByRole("alert").count(), 0);
  });

  it("shows an error with its source until it is mended", async (visitor) => {
    const { page } = visitor;
    visitor.guard.allow(/ERR_ABORTED/);
    await visitor.go("/");
    await write('<p class="mark"><%= opt.nothing.at %></p>\n');
    await page.getByText("attempt to index a nil value").first().waitFor();
    await page.locator("mark", { hasText: "opt.nothing.at" }).waitFor();
    await write('<p class="mark">three</p>\n');
    await page.getByText("three", { exact: true }).waitFor();
  });
});
