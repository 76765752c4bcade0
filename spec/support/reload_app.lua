--- Trees of spec/fixtures/reload_app in several versions, a server that runs one of them, and
--- reloads.
---
---     local app = reload_app.versions("A", "B")   -- A is current
---     local srv = app:start()
---     app:use("B")                                -- at once: a symbolic link is renamed
---     assert.equal(2, reload_app.reload(srv))     -- the number of the new generation
local lfs = require("lfs")
local process = require("spec.support.process")
local server = require("spec.support.server")

local M = {}

local FIXTURE = "spec/fixtures/reload_app"

function M.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

function M.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  file:close()
end

local function copy(from, to, version)
  assert(lfs.mkdir(to))
  for name in lfs.dir(from) do
    local source, target = from .. "/" .. name, to .. "/" .. name
    if name ~= "." and name ~= ".." then
      if lfs.attributes(source, "mode") == "directory" then
        copy(source, target, version)
      else
        M.write(target, (M.read(source):gsub("@VERSION@", version)))
      end
    end
  end
end

--- Writes a tree; changes are files by path: their text, or false for none.
function M.tree(folder, version, changes)
  copy(FIXTURE, folder, version)
  for path, text in pairs(changes or {}) do
    if text then
      M.write(folder .. "/" .. path, text)
    else
      assert(os.remove(folder .. "/" .. path))
    end
  end
end

---@class spec.ReloadApp
---@field folder string Holds a tree per version.
---@field path string The current one: for --app.
local App = {}
App.__index = App

--- Makes that version's tree the current one, in one step.
function App:use(version)
  local link = self.folder .. "/.next"
  assert(lfs.link(version, link, true))
  assert(os.rename(link, self.path))
end

--- One more version; see M.tree.
function App:add(version, changes)
  M.tree(self.folder .. "/" .. version, version, changes)
end

--- options as server.start() takes them; two workers unless args say otherwise.
---@return spec.Server
function App:start(options)
  options = options or {}
  local args = { "--app", self.path, "--workers", "2" }
  table.move(options.args or {}, 1, #(options.args or {}), #args + 1, args)
  local all = { args = args }
  for name, value in pairs(options) do
    all[name] = all[name] or value
  end
  return server.start(all)
end

--- A folder with trees of these versions, the first of which is current.
---@return spec.ReloadApp
function M.versions(...)
  local app = setmetatable({ folder = server.folder() }, App)
  app.path = app.folder .. "/current"
  for _, version in ipairs({ ... }) do
    app:add(version)
  end
  app:use((...))
  return app
end

--- Runs `timecapsule reload` or another command: its exit status and what it printed.
function M.command(srv, word)
  return server.run({ args = { word or "reload", "--data", srv.data } })
end

--- Reloads (or rolls back) over the control socket; raises unless it is good.  Returns the number of the
--- generation that is current then, and the whole answer.
---@return integer number
---@return string answer
function M.reload(srv, word)
  local ok, text = srv:control(word or "reload")
  assert(ok, "the " .. (word or "reload") .. " failed:\n" .. text)
  return assert(tonumber(text:match("generation (%d+)")), text), text
end

--- The version that a page is of; raises if it is of two.
function M.version(response)
  local found
  for name in (response.head .. response.body):gmatch("version=(%w+)") do
    assert(not found or found == name, "two versions in one answer:\n" .. tostring(response))
    found = name
  end
  return found
end

--- Waits until check() is true; raises with the message when it never is.
function M.eventually(message, check)
  assert(process.wait_for(check), message)
end

--- Starts hammering (spec/support/hammer.c says what); returns a function that waits for the end and
--- gives the counts.  options: connections, seconds, rate, paths, uploads.
function M.hammer(srv, options)
  local program = server.program():gsub("[^/]+$", "") .. "spec/hammer"
  local words = { program, "-c", options.connections or 16, "-s", options.seconds or 3 }
  if options.rate then
    table.move({ "-r", options.rate }, 1, 2, #words + 1, words)
  end
  for _, upload in ipairs(options.uploads or {}) do
    table.move({ "-u", upload }, 1, 2, #words + 1, words)
  end
  words[#words + 1] = srv.url:match("//(.*)")
  table.move(options.paths, 1, #options.paths, #words + 1, words)
  local pipe = assert(io.popen(table.concat(words, " ")))
  return function()
    local line = pipe:read("a")
    pipe:close()
    assert(line ~= "", "the hammer has said nothing")
    return require("cjson").decode(line), line
  end
end

return M
