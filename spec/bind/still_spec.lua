local still = require("host.still")

describe("host.still.find", function()
  local ann, end_of_nil, end_of_true = {}, {}, {}
  local tree = { [still.NOTHING] = { [true] = end_of_nil }, [false] = { [true] = end_of_true }, [ann] = { [true] = ann } }

  it("goes where the values of names lead to, nil's too", function()
    assert.equal(end_of_nil, still.find(tree, { "a", "b" }, { b = true }))
    assert.equal(end_of_true, still.find(tree, { "a", "b" }, { a = false, b = true, c = 1 }))
    assert.equal(ann, still.find(tree, { "a", "b" }, { a = ann, b = true }))
    assert.equal(tree, still.find(tree, {}, { a = 1 }))
  end)

  it("finds nothing where no way is, nor by a value that looks like nothing", function()
    for _, value in ipairs({ true, 1, 0 / 0, "a", {}, require("host.json").null, still.find }) do
      assert.is_nil(still.find(tree, { "a", "b" }, { a = value, b = true }))
    end
    assert.is_nil(still.find({ [true] = "no table" }, { "a" }, { a = true }))
  end)

  it("reads no metatable", function()
    local context = setmetatable({}, { __index = function() error("read") end })
    assert.equal(end_of_nil, still.find(tree, { "a", "b" }, setmetatable({ b = true }, getmetatable(context))))
  end)
end)

describe("host.still.fill", function()
  local names = { { "who", true, 2, 6 }, { "mark", false, 4 }, { "who", false, 8 } }

  local function filled(context)
    local parts = { "a", 0, "b", 0, "c", 0, "d", 0, "e" }
    local left = still.fill(parts, names, context)
    return table.concat(parts, " "), left
  end

  it("puts strings to their places, escaped where that is said", function()
    local text, left = filled({ who = "<Ann>", mark = "<b>" })
    assert.equal("a &lt;Ann&gt; b <b> c &lt;Ann&gt; d <Ann> e", text)
    assert.is_nil(left)
    assert.equal("a Ann b  c Ann d Ann e", (filled({ who = "Ann", mark = "" })))
  end)

  it("leaves what is no string, and says what it was", function()
    for _, value in ipairs({ 1, false, {}, print }) do
      local text, left = filled({ who = value, mark = "m" })
      assert.equal("a 0 b m c 0 d 0 e", text)
      assert.equal(2, #left)
      assert.equal(names[1], left[1])
      assert.equal(names[3], left[2])
    end
    assert.equal(3, #select(2, filled({})))
  end)

  it("fills nothing in where nothing is open", function()
    local parts = { "a" }
    assert.is_nil(still.fill(parts, {}, { who = "Ann" }))
    assert.same({ "a" }, parts)
  end)
end)
