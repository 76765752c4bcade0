--- host.smtp called directly, as a command does; letters of specs become files.
local host = require("host")
local smtp = require("host.smtp")

local function letter(changes)
  local full = { to = "ada@example.org", subject = "s", text = "t" }
  for name, value in pairs(changes or {}) do
    full[name] = value
  end
  return full
end

describe("host.smtp", function()
  it("writes a file where no server is set up, whatever the command line says", function()
    assert.equal("file", host.config.mail)
    local receipt = assert(smtp.send(letter()))
    assert.truthy(receipt.id:match("^<%x+@[^>]+>$"))
    assert.truthy(receipt.reply:match("%.eml$"))
  end)

  it("waits inside a coroutine of the script's own", function()
    local send = coroutine.wrap(function()
      return smtp.send(letter())
    end)
    assert.is_table((send()))
  end)

  it("refuses what is no UTF-8, and line breaks", function()
    for _, change in ipairs({ { subject = "\xff" }, { text = "\xff" }, { html = "\xff" },
      { to = "a@b.example\r\nBcc: c@d.example" }, { subject = "a\r\nb" }, { to = { address = "a@b.example",
        name = "\xff" } }, { headers = { ["X-Note"] = "a\nb" } } }) do
      local receipt, message, kind = smtp.send(letter(change))
      assert.is_nil(receipt)
      assert.is_string(message)
      assert.equal("input", kind)
    end
  end)

  it("reads fields raw, so that nothing is called that could change the letter", function()
    local trap = setmetatable({}, { __index = letter(), __pairs = function()
      error("called")
    end })
    assert.has_error(function()
      smtp.send(trap)
    end, "bad argument #1 to 'host.smtp.send' (a letter needs a field 'to')")
  end)

  it("cannot wait inside a C function that calls back", function()
    assert.has_error(function()
      table.sort({ 1, 2 }, function()
        return smtp.send(letter())
      end)
    end)
  end)
end)
