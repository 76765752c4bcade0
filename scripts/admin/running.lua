--- What only the running server knows to be wrong with it at this moment: workers that do not turn, files with faults,
--- a switch that waits (core/server/judge_running.c).  In a command the server is that of the data folder, if it runs.
local control = require("host.control")

local M = {}

local LINE = "([^\t\n]+)\t([^\t\n]*)\t([^\t\n]*)\t([^\t\n]*)"

---@return admin.Line[] lines the worst first
function M.lines()
  local lines = {}
  for verdict, subject, text, advice in (control.ask("trouble") or ""):gmatch(LINE) do
    lines[#lines + 1] = { verdict = verdict, subject = subject, text = text, advice = advice ~= "" and advice or nil }
  end
  return lines
end

return M
