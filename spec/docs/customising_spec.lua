--- The first chapter of docs/customising.md works as it is written: its shell blocks are run in
--- their order, and what it says they show is shown.
local files = require("spec.support.files")
local server = require("spec.support.server")
local socket = require("socket")

--- { { sh = "…", shows = "…" or nil }, … }
local function blocks_of(path)
  local list = {}
  for kind, text in files.read(path):gmatch("\n```(%l+)\n(.-)\n```") do
    if kind == "sh" then
      list[#list + 1] = { sh = text }
    elseif kind == "text" then
      assert(list[#list] and not list[#list].shows, "a text block follows a shell block")
      list[#list].shows = text
    end
  end
  return list
end

--- Every line that the page shows, in order; "…" at its end stands for whatever follows.
local function shows(output, wanted)
  local at = 1
  for line in wanted:gmatch("[^\n]+") do
    local _, last = output:find(line:gsub("…$", ""), at, true)
    if not last then
      return false
    end
    at = last + 1
  end
  return true
end

describe("docs/customising.md", function()
  local folder, bin, port, srv

  --- Runs a block in the folder, where `timecapsule` is this program.  Returns its exit status and output.
  local function run(sh)
    local script = folder .. "/block.sh"
    files.write(folder, { ["block.sh"] = ("set -eu\nexport HOME='%s'\ncd '%s'\nPATH='%s':$PATH\n%s\n")
      :format(folder, folder, bin, (sh:gsub("127%.0%.0%.1:8080", "127.0.0.1:" .. port))) })
    local pipe = assert(io.popen(("bash '%s' 2>&1 </dev/null"):format(script)))
    local output = pipe:read("a")
    local _, _, status = pipe:close()
    return status, output
  end

  --- The block that serves goes on in the background.
  local function serve(sh)
    local args = { "--listen", "127.0.0.1:" .. port, "--workers", "1" }
    for word in sh:match("^timecapsule serve (.+)$"):gmatch("%S+") do
      args[#args + 1] = word == "mysite" and folder .. "/mysite" or word
    end
    srv = server.start({ args = args })
  end

  --- A change needs a moment until it is loaded, so what is asked of the server may be asked again.
  local function follow(block)
    local until_then = socket.gettime() + (block.sh:find("curl") and block.shows and 20 or 0)
    local status, output
    repeat
      status, output = run(block.sh)
      local good = status == 0 and (not block.shows or shows(output, block.shows))
      if not good then
        socket.sleep(0.2)
      end
    until good or socket.gettime() > until_then
    assert.equal(0, status, block.sh .. "\n" .. output)
    assert.is_true(not block.shows or shows(output, block.shows),
      ("%s\nshows\n%s\ninstead of\n%s"):format(block.sh, output, block.shows))
  end

  teardown(function()
    if srv then
      srv:stop()
    end
  end)

  it("can be followed from its first line to its last", function()
    folder = server.folder()
    bin = server.folder()
    assert(os.execute(("ln -s '%s' '%s/timecapsule'"):format(server.program(), bin)))
    local probe = assert(socket.bind("127.0.0.1", 0))
    port = select(2, probe:getsockname())
    probe:close()
    local served = false
    for _, block in ipairs(blocks_of("docs/customising.md")) do
      if block.sh:find("^timecapsule serve") then
        serve(block.sh)
        served = true
      else
        follow(block)
      end
    end
    assert.is_true(served)
  end)
end)
