--- docs/operating.md works as it is written: its shell blocks are run in their order, and what it says
--- they show is shown.
local page = require("spec.support.page")
local server = require("spec.support.server")

describe("docs/operating.md", function()
  it("can be followed from its first line to its last", function()
    local folder = server.folder()
    local run, srv = page.runner(folder), nil
    finally(function()
      if srv then
        srv:stop()
      end
    end)
    local function follow(sh, wanted)
      local status, output = run(sh)
      output = output:gsub(folder .. "/", "")
      assert.equal(0, status, sh .. "\n" .. output)
      assert.is_true(not wanted or page.shows(output, wanted),
        ("%s\nshows\n%s\ninstead of\n%s"):format(sh, output, wanted))
    end
    for _, block in ipairs(page.blocks("docs/operating.md")) do
      local before, args = block.sh:match("^(.-)timecapsule serve ([^\n]+)$")
      if args then
        follow(before)
        assert.equal("--data data --site mysite", args)
        srv = server.start({ data = folder .. "/data", args = { "--site", folder .. "/mysite" } })
      else
        follow(block.sh, block.shows)
      end
    end
    assert.is_not_nil(srv)
  end)

  it("names metrics and limits as they are", function()
    local file = assert(io.open("docs/operating.md", "rb"))
    local text = file:read("a")
    file:close()
    local limits = assert(io.open("core/base/limits.h", "rb"))
    local header = limits:read("a")
    limits:close()
    local function limit(name)
      return header:match("#define " .. name .. " ([^/\n]-) */%*")
    end
    assert.equal("(4 * 1024 * 1024)", limit("LIMIT_FILE"))
    assert.equal("(64 * 1024 * 1024)", limit("LIMIT_TREE"))
    assert.truthy(text:find("| loading, per worker | " .. limit("LIMIT_LOAD_S") .. " s ", 1, true))
    assert.truthy(text:find("| draining | " .. limit("LIMIT_DRAIN_S") .. " s |", 1, true))
    assert.equal("20000", limit("LIMIT_CONNECTIONS"))
    assert.truthy(text:find(("the latest %s\nseconds after"):format(limit("LIMIT_STOP_S")), 1, true))
    assert.truthy(text:find(("%d with the\nlimits as they are"):format(
      limit("LIMIT_STOP_S") + limit("LIMIT_REQUEST_S")), 1, true))
    assert.equal("256", limit("LIMIT_DESCRIPTORS_SPARE"))
    assert.equal("1024", limit("LIMIT_CLIENT_CONNECTIONS"))
    assert.equal("(1024 * 1024)", limit("LIMIT_BODY"))
    assert.equal("(16 * 1024 * 1024)", limit("LIMIT_BODY_DISCARD"))
    assert.truthy(text:find(("within %s s of the connection"):format(limit("LIMIT_HEADER_S")), 1, true))
    assert.truthy(text:find(("| the body | %s s,"):format(limit("LIMIT_BODY_GRACE_S")), 1, true))
    assert.truthy(text:find(("| taking the answer | %s s,"):format(limit("LIMIT_SEND_S")), 1, true))
    assert.truthy(text:find(("| between requests | %s s |"):format(limit("LIMIT_IDLE_S")), 1, true))
    assert.truthy(text:find("| live generations | " .. limit("LIMIT_GENERATIONS") .. " |", 1, true))
  end)
end)
