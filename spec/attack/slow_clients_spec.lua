--- slowhttptest's four attacks, one after the other, from several hundred connections; meanwhile other
--- users are served.  Only in soaks (SOAK=1): each takes most of a minute.
local server = require("spec.support.server")
local lfs = require("lfs")
local socket = require("socket")

if not os.getenv("SOAK") then
  return
end

local CONNECTIONS, SECONDS = 800, 45 -- below the limit per address; longer than any header may take
local EVERY_S = 0.05

local ATTACKS = {
  { name = "slow headers", words = "-H -i 2 -x 24 -t GET", path = "/" },
  { name = "slow bodies", words = "-B -i 2 -x 10 -s 8192 -t POST", path = "/put" },
  { name = "many ranges", words = "-R -a 10 -b 3000 -t HEAD", path = "/" },
  { name = "slow readers", words = "-X -k 3 -w 10 -y 20 -n 5 -z 32", path = "/put" },
}

local function begin(srv, attack)
  return assert(io.popen(("timeout %d slowhttptest -c %d -r 400 -l %d -p 3 %s -u %s%s 2>&1 </dev/null"):format(
    SECONDS + 30, CONNECTIONS, SECONDS, attack.words, srv.url, attack.path)))
end

--- How many files and sockets the server has open.
local function descriptors(srv)
  local count = 0
  for _ in lfs.dir(("/proc/%d/fd"):format(srv.pid)) do
    count = count + 1
  end
  return count
end

--- Requests on fresh connections until the time is over: how many, and the slowest, in seconds; and the
--- most descriptors that were open meanwhile.
local function serve_others(srv)
  local served, slowest, most = 0, 0, 0
  local over = socket.gettime() + SECONDS
  while socket.gettime() < over do
    local began = socket.gettime()
    srv:get(served % 2 == 0 and "/put" or "/open"):expect({ status = 200 })
    slowest = math.max(slowest, socket.gettime() - began)
    served = served + 1
    most = math.max(most, served % 10 == 0 and descriptors(srv) or 0)
    socket.sleep(EVERY_S)
  end
  return served, slowest, most
end

describe("while slowhttptest attacks with", function()
  for _, attack in ipairs(ATTACKS) do
    it(attack.name .. ", others are served", function()
      local srv <close> = server.start()
      local pipe = begin(srv, attack)
      local served, slowest, most = serve_others(srv)
      local output = pipe:read("a"):gsub("\27%[[%d;]*m", "")
      pipe:close()
      assert.is_nil(output:find("service available: +NO"), output)
      local ending = output:match("Exit status: *([^\n]+)") or output
      print(("%s: %d requests of others, slowest %.0f ms, at most %d descriptors; %s"):format(
        attack.name, served, slowest * 1000, most, ending))
      assert.is_true(most > CONNECTIONS / 2 or attack.name == "many ranges", most .. " descriptors are no attack")
      assert.is_true(slowest < 3, "somebody waited " .. slowest .. " s")
      srv:get("/"):expect({ status = 200 })
    end)
  end
end)
