--- `timecapsule switch --site DIR`: the first letter goes out now, then one each month; with --stop no more, and no
--- message.
local config = require("host").config
local clock = require("host.clock")
local switch = require("site.switch")

local function fail(message)
  io.stderr:write("timecapsule: switch: ", message, "\n")
  return 1
end

local function stop()
  local was_on, message = switch.stop()
  if was_on == nil then
    return fail(message)
  end
  print(was_on and "the switch is off" or "the switch was not on")
  return 0
end

return {
  help = "starts the dead man's switch",
  words = 0,
  options = { stop = { help = "ends it: nobody is asked, nobody is told" } },
  run = function(args)
    if args.stop then
      return stop()
    end
    for _, name in ipairs({ "public_url", "site_switch_owner", "site_switch_reader", "site_switch_message" }) do
      if not config[name] then
        return fail("it needs " .. (name == "public_url" and "--public-url" or name))
      end
    end
    local done, message = switch.put_off()
    if done then
      done, message = switch.ask_at(clock.now())
    end
    if not done then
      return fail(message)
    end
    print("the switch is on: the first letter goes out")
    return 0
  end,
}
