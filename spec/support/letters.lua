--- What specs of reminders share: capsules with mailboxes, the clock, and what became of letters.
local process = require("spec.support.process")
local server = require("spec.support.server")

local M = {}

--- The clock of these specs, and when their capsules open: 1 June 2030 at noon, UTC.
M.NOW, M.OPENS = server.unix(2030, 1, 1), server.unix(2030, 6, 1, 43200)

--- A server without bounds, and that asks nobody, unless it is told to; its letters go to the sink (or to the URL given).
---@param sink spec.Sink|string
---@param options table? As for server.start; its args come behind.
---@return spec.Server
function M.server(sink, options)
  local all = { "--workers", "1", "--time-zone", "Asia/Shanghai", "--mail-from", "capsule@sender.example",
    "--mail", type(sink) == "string" and sink or sink:url() }
  local given = {}
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  local words = table.concat(given.args or {}, " ")
  for name, value in pairs({ confirm_addresses = "off", mails_per_minute = "0", mails_per_day = "0", mails_waiting = "0" }) do
    if not words:find(name, 1, true) then
      all[#all + 1] = "--set"
      all[#all + 1] = name .. "=" .. value
    end
  end
  given.args = table.move(given.args or {}, 1, #(given.args or {}), #all + 1, all)
  return server.start(given)
end

--- Puts a capsule that reminds that mailbox; returns its key.
---@param changes table? Other members of the API's object.
function M.put(srv, address, changes)
  local capsule = { name = "Ann", content = "words for later", opens_at = M.OPENS, email = address }
  for name, value in pairs(changes or {}) do
    capsule[name] = value
  end
  return srv:json("/api/v1/capsules", capsule):expect({ status = 201 }):json().key
end

--- Puts many at once; address is a function of their number.
function M.put_many(srv, count, address, opens_at)
  local at = 1
  while at <= count do
    local connections = {}
    for i = at, math.min(at + 99, count) do
      local conn = srv:connect()
      conn:ask({ method = "POST", path = "/api/v1/capsules",
        headers = { ["Content-Type"] = "application/json" },
        body = ('{"name":"n","opens_at":%d,"content":"words","email":"%s"}'):format(
          opens_at or M.OPENS, address(i)) })
      connections[#connections + 1] = conn
    end
    for _, conn in ipairs(connections) do
      local res = conn:response("POST")
      assert(res.status == 201, tostring(res))
      conn:close()
    end
    at = at + 100
  end
end

--- "1 pending, 2 sent" as { pending = 1, sent = 2 }.
---@return table<string, integer>
function M.states(srv)
  local found = {}
  for state, count in srv:sql("SELECT state, count(*) FROM reminder GROUP BY state"):gmatch("(%a+)|(%d+)") do
    found[state] = tonumber(count)
  end
  return found
end

--- Waits until so many rows are in that state.
function M.await(srv, state, count)
  local found
  local good = process.wait_for(function()
    found = M.states(srv)
    return (found[state] or 0) >= count
  end)
  if not good then
    local list = {}
    for name, number in pairs(found) do
      list[#list + 1] = name .. " " .. number
    end
    error(("not %d %s but %s; the log:\n%s"):format(count, state, table.concat(list, ", "), srv:log()), 2)
  end
end

--- The row of the one reminder there is, as a table by column.
function M.row(srv)
  local names = { "state", "attempts", "next_attempt_at", "lease_owner", "sealed", "mailbox_id" }
  local text = srv:sql("SELECT state, attempts, next_attempt_at, lease_owner, length(sealed), mailbox_id"
    .. " FROM reminder ORDER BY id DESC LIMIT 1")
  local row, at = {}, 1
  for value in (text .. "|"):gmatch("([^|]*)|") do
    row[names[at]] = tonumber(value) or value
    at = at + 1
  end
  return row
end

--- Every letter of a sink: { { id = Message-ID, to = address }, … }, the last one as it came last.
function M.letters(sink)
  local list = {}
  for n = 1, sink:letters() do
    list[n] = { id = sink:raw(n):match("\r\nMessage%-ID: (<[^>]+>)"), to = sink:envelope(n).to[1] }
  end
  return list
end

--- A sample of /metrics, or nil.
function M.metric(srv, name)
  return srv:metric(name)
end

--- Is a metric that a timer counts between two numbers, or will be?
function M.counted(srv, name, least, most)
  return process.wait_for(function()
    srv:tick("reminder.count")
    local number = srv:metric(name)
    return number and number >= least and number <= most
  end)
end

--- Words and variables that lead another process to the database and secret of a server.
---@return string[] args
---@return table<string, string> env
function M.same_place(srv)
  local url = srv.database and srv.database:url() or ("sqlite://%s/capsules.db"):format(srv.data)
  return { "--database", url, "--secret-file", srv.data .. "/secret" },
    { TIMECAPSULE_DATABASE_PASSWORD = "spec" }
end

--- Runs a command beside a server, on its data and database.
---@param srv spec.Server
---@param ... string its words
---@return integer status
---@return string output
function M.run(srv, ...)
  local args, more = { ... }, { "--data", srv.data }
  local place, env = M.same_place(srv)
  table.move(place, 1, #place, 3, more)
  return server.run({ args = table.move(more, 1, #more, #args + 1, args), env = env, program = srv.program })
end

return M
