--- The list that a run of all specs ends with: whoever sees only its tail reads there what a spec said.
local files = require("spec.support.files")
local process = require("spec.support.process")
local server = require("spec.support.server")

local LUA = [[
it("compares", function() assert.equal("far", "near") end)
it("is fine", function() end)
it("says much", function() error((("时"):rep(90) .. "\n"):rep(20), 0) end)
]]

local C = [[
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void fails(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        print_message("on its way\n");
    assert_int_equal(1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
]]

-- In the words of spec/browser/run.mjs, without a browser.
local BROWSER = [[
#!/bin/sh
echo 'ok before (0.1 s)'
echo 'not ok shows a page'
echo '    Error: alas'
echo '    '
echo '        at page.mjs:3'
echo 'ok behind (0.1 s)'
echo '2 passed, 1 failed'
exit 1
]]

--- What one job adds to the list.
local function told(files_of_it, job)
  files_of_it["spec/job"] = files.read("spec/job")
  files_of_it["spec/support/failures.awk"] = files.read("spec/support/failures.awk")
  files_of_it["build/reports/sum"] = ""
  local tree = files.folder(files_of_it)
  process.output(("cd %s && mkdir -p build/debug/spec && ln -s %s build/debug/timecapsule"):format(tree, server.program()))
  process.output(("cd %s && { [ ! -e a.c ] || cc -o build/debug/spec/a_test a.c -lcmocka; }"):format(tree))
  process.output(("cd %s && chmod -R a+x spec build && LIMIT=60 spec/job %s"):format(tree, job))
  return files.read(tree .. "/build/reports/failed")
end

it("tells what a Lua spec said below its name, the first lines of it, no wider than a screen", function()
  local text = told({ ["spec/a_spec.lua"] = LUA }, "lua debug spec/a_spec.lua")
  assert.equal(1, select(2, text:gsub("  lua debug spec/a_spec.lua: compares\n"
    .. "        spec/a_spec.lua:1: Expected objects to be equal.\n        Passed in:\n        %(string%) 'near'\n", "")), text)
  local long = text:match("says much\n(.*)")
  assert.equal(12, select(2, long:gsub("\n", "\n")), text)
  local widest = long:match("        (时[^\n]*)\n")
  assert.truthy(#widest < 170 and utf8.len(widest) and widest:find("时…$"), widest)
  assert.falsy(text:find("fine", 1, true))
end)

it("tells what a C spec found wrong, without what it printed before", function()
  local text = told({ ["a.c"] = C }, "c debug a_test")
  assert.truthy(text:find("^  c debug a_test: fails\n        %[  ERROR   %] %-%-%- 0x1 != 0x2\n"
    .. "[^\n]*a%.c:12: error: Failure!\n$"), text)
end)

it("tells what a browser spec said", function()
  assert.equal("  browser debug all: shows a page\n        Error: alas\n            at page.mjs:3\n",
    told({ ["spec/browser/run"] = BROWSER }, "browser debug all"))
end)

it("tells the last that was heard of a program that says nothing of its end", function()
  local crash = "#!/bin/sh\necho on its way\nexit 9\n"
  assert.equal("  c debug a_test: it ended with exit status 9\n        on its way\n",
    told({ ["build/debug/spec/a_test"] = crash }, "c debug a_test"))
end)
