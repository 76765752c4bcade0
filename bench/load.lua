-- What wrk sends, and how it reports:
--
--   wrk -s bench/load.lua URL -- page [ENCODING] | constant | put | due UNIX-SECONDS | open FILE-OF-KEYS | unknown
--
-- luacheck: globals wrk init request done
local FORM = { ["Content-Type"] = "application/x-www-form-urlencoded" }

local makers = {}

function makers.constant()
  local text = wrk.format("GET", "/")
  return function()
    return text
  end
end

-- As a browser asks that would rather read another language; ENCODING: gzip.
function makers.page(encoding)
  local text = wrk.format("GET", "/put", { ["Accept-Language"] = "de-DE,de;q=0.9,en;q=0.8,zh;q=0.4",
    ["Accept-Encoding"] = encoding })
  return function()
    return text
  end
end

-- A year ahead, so that it does not matter when this runs.
function makers.put()
  local time = os.date("!%Y-%m-%d+%H:%M", os.time() + 365 * 86400)
  local text = wrk.format("POST", "/put", FORM,
    "name=Bench&time=" .. time .. "&tz=UTC&content=" .. ("A+letter+to+myself.+"):rep(10))
  return function()
    return text
  end
end

-- Capsules that open at that moment and each remind another mailbox.
function makers.due(at)
  local body = "name=Bench&time=" .. os.date("!%Y-%m-%d+%H:%M:%S", tonumber(at))
    .. "&tz=UTC&content=A+letter+to+myself.&email=reader%d%%40example.org"
  local number = 0
  return function()
    number = number + 1
    return wrk.format("POST", "/put", FORM, body:format(number))
  end
end

function makers.open(file)
  local texts, at = {}, 0
  for key in io.lines(file) do
    texts[#texts + 1] = wrk.format("POST", "/open", FORM, "key=" .. key)
  end
  return function()
    at = at % #texts + 1
    return texts[at]
  end
end

-- Keys that nobody has: "not found" is what is wanted, and counts as an error with wrk.
function makers.unknown()
  local letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
  math.randomseed(os.time())
  return function()
    local key = ""
    for _ = 1, 16 do
      local at = math.random(#letters)
      key = key .. letters:sub(at, at)
    end
    return wrk.format("POST", "/open", FORM, "key=" .. key)
  end
end

function init(args)
  request = makers[args[1]](args[2])
end

function done(summary, latency)
  local errors = summary.errors
  io.write(("rate %.0f errors %d p99 %.2f p50 %.2f answers %d\n"):format(summary.requests / summary.duration * 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(99) / 1000, latency:percentile(50) / 1000, summary.requests))
end
