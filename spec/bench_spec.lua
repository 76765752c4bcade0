--- How bench/ writes its table: what a script kept of each round becomes one row.
local process = require("spec.support.process")

local function run(commands)
  return process.output("set -eu; BUILD=none; . bench/common.sh; " .. commands)
end

describe("a row of the benches' table", function()
  it("has the median with the lowest and the highest, in groups of three digits", function()
    assert.equal("1 234 567 (999–2 000 000)\n", run("printf '2000000\\n999\\n1234567\\n' | spread"))
    assert.equal("12.5\n", run("echo 12.54 | spread"))
    assert.equal("", run(": | spread"))
  end)

  it("tells processor time of each answer, and how it stands beside another", function()
    assert.equal("| page | 200 (100–300) | 20.0 (10.0–40.0) | 1.00 (1.00–3.00) | 2.00 (2.00–4.00) | 2.00 × nginx gzip, "
      .. "its processor time 0.50 ×; 9 bytes |\n", run([[
      note nginx-gzip '100 errors 0 p99 5 p50 4 answers 100' '4000000 0 0 0 0' '0 0 0 0 0'
      note page '100 errors 0 p99 4 p50 3 answers 100' '4000000 0 0 0 0' '0 0 0 0 0'
      note page '200 errors 0 p99 2 p50 1 answers 200' '4000000 0 0 0 0' '0 0 0 0 0'
      note page '300 errors 0 p99 2 p50 1 answers 300' '4000000 0 0 0 0' '1000000 0 0 0 0'
      row page page nginx-gzip '9 bytes']]))
  end)

  it("tells MariaDB's share and how many rows came at once", function()
    assert.equal("| put | 100 | 10.0 | 1.00 | 2.00 | mariadbd 30.0 us; 5.00 rows an INSERT |\n", run([[
      note put '100 errors 0 p99 2 p50 1 answers 100' '1500000 3000000 40 900 300' '500000 0 20 7 200'
      row put put]]))
    assert.equal("| open | 100 | 10.0 | 1.00 | 2.00 | mariadbd 30.0 us; 4.00 answers a SELECT |\n", run([[
      note open '100 errors 0 p99 2 p50 1 answers 100' '1500000 3000000 20 32 300' '500000 0 20 7 200'
      row open open]]))
  end)
end)
