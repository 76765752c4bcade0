--- Letters that the mail server has taken and the database does not know of yet.
---
--- They outlive the generation that sent them, so that a reload while the database is away repeats
--- none.  A restart forgets them: their rows are tried again when their lease ends, and the same
--- Message-ID comes a second time; the log says so when one is lost in this way.
local json = require("host.json")
local log = require("host.log")
local shared = require("host.shared")
local queue = require("reminder.queue")

local M = {}

--- "rows": their numbers, in order; each number: what is to be recorded.
local space = shared.space("reminders.unrecorded", { max = 4096 })

local function ids()
  return json.decode(space:get("rows") or "[]")
end

--- Being recorded just now, by this generation.
---@type table<integer, boolean>
local under_way = {}

local function keep(row, sent)
  local list = ids()
  list[#list + 1] = row.id
  space:set(tostring(row.id), json.encode({ id = row.id, mailbox_id = row.mailbox_id, note = sent }))
  space:set("rows", json.encode(list))
end

local function drop(id)
  local list = {}
  for _, other in ipairs(ids()) do
    if other ~= id then
      list[#list + 1] = other
    end
  end
  space:delete(tostring(id))
  if list[1] then
    space:set("rows", json.encode(list))
  else
    space:delete("rows")
  end
end

local function is_kept(row)
  return space:get(tostring(row.id)) ~= nil
end

--- Was it taken?
---@param row reminder.Row
---@return boolean
function M.has(row)
  return under_way[row.id] or is_kept(row)
end

--- Writes that a letter was taken; what cannot be written is kept.  A task that is ended while it
--- waits for the database leaves it kept, too.
---@param row reminder.Row
---@param sent reminder.Note
function M.record(row, sent)
  under_way[row.id] = true
  local done, message
  local _ <close> = setmetatable({}, {
    __close = function()
      under_way[row.id] = nil
      if not done and not is_kept(row) then
        keep(row, sent)
        log.error("a letter was taken, and its row does not say so yet: nothing else is sent before it "
          .. "does; a restart now would send it again", {
          reminder = row.id,
          error = message or "it took too long",
        })
      end
    end,
  })
  done, message = queue.sent(row, sent)
end

--- Writes what is left from earlier.
---@return boolean? done
---@return string? message
---@return host.kind? kind
function M.record_all()
  for _, id in ipairs(ids()) do
    local text = space:get(tostring(id))
    if text then
      local kept = json.decode(text)
      local done, message, kind = queue.sent(kept, kept.note)
      if not done then
        return nil, message, kind
      end
    end
    drop(id)
  end
  return true
end

return M
