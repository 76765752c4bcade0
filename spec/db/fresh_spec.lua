--- A database as CREATE DATABASE leaves it, whatever the server's own character set and collation are.
local capsules = require("spec.support.capsules")
local mariadb = require("spec.support.mariadb")
local server = require("spec.support.server")

local FRESH = { "", "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin" }

for i, words in ipairs(FRESH) do
  describe("a database that was created with " .. (words == "" and "no more words" or words), function()
    it("serves as it is, and keeps every text", function()
      local maria = mariadb.shared()
      maria:sql(("CREATE DATABASE fresh_%d %s"):format(i, words))
      local base = maria:database("fresh_" .. i)
      local srv <close> = server.start({ database = base })
      srv:set_clock(capsules.NOW)
      local key = capsules.put(srv, { name = "甲 🕰", content = "乙 🕰" })
      srv:set_clock(server.unix(2125, 1, 1))
      srv:post("/open", { key = key }):expect({ status = 200 }):expect_body("乙 🕰")
      assert.equal("", base:sql("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
        .. " AND table_collation NOT IN ('utf8mb4_bin', 'utf8mb4_nopad_bin')"))
    end)
  end)
end
