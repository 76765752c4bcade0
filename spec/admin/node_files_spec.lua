--- `admin.node_files` where the database does not answer for one of the nodes.
local stand_in = require("spec.support.stand_in")

describe("admin.node_files", function()
  local function found(away)
    local db = { one = function(_, values)
      if values.name == away then
        return nil, "the database does not answer", "timeout"
      end
      return { files = "00000001 a.lua\n" }
    end }
    local node_files = stand_in.load({ ["host.db"] = db, ["admin.node_files"] = false }, "admin.node_files")
    local said = node_files.of({ { name = "new", digest = "1", current_at = 2 }, { name = "old", digest = "2", current_at = 1 } })
    assert.equal("new", said.latest)
    assert.equal(1, #said.differences)
    return { said.differences[1].node, said.differences[1].says }
  end

  it("tells of the one that was not answered for, be it the latest", function()
    assert.same({ "old", "settings" }, found())
    assert.same({ "old", "away" }, found("old"))
    assert.same({ "new", "away" }, found("new"))
  end)
end)
