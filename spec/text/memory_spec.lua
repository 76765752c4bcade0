--- What was found of sources holds for the scripts that found it, which a reload may replace.

local function memory_of(scripts)
  local host = { list = function()
    return { "scripts/text/finder.lua" }
  end, read = function(path)
    return path == "scripts/text/finder.lua" and scripts or "return {}"
  end }
  local before, real = package.loaded["text.memory"], package.loaded.host
  package.loaded["text.memory"], package.loaded.host = nil, host
  local memory = require("text.memory")
  package.loaded["text.memory"], package.loaded.host = before, real
  return memory
end

describe("what is known of a source", function()
  it("is known to the scripts that found it, and no others", function()
    memory_of("return 1").remember("source of a spec", "what it holds", "a word")
    assert.equal("a word", memory_of("return 1").recall("source of a spec", "what it holds"))
    assert.is_nil(memory_of("return 2").recall("source of a spec", "what it holds"))
  end)

  it("is not kept where it is no UTF-8, and not asked for", function()
    local memory = memory_of("return 1")
    memory.remember("caf\xe9", "what it holds", error)
    assert.is_nil(memory.recall("caf\xe9", "what it holds"))
  end)

  it("is nothing of calls in a script that is no UTF-8, which are found", function()
    assert.equal("caf\xe9", require("text.calls").of('t("caf\xe9")')[1].value)
  end)
end)
