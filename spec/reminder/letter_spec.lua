--- What a letter says, in every language, with and without a key.
local stand_in = require("spec.support.stand_in")

--- The host with another public address.
local function host_with(changes)
  local real = require("host")
  local config = setmetatable({}, {
    __index = function(_, name)
      local changed = changes[name]
      if changed == nil then
        return real.config[name]
      end
      return changed or nil
    end,
  })
  return setmetatable({ config = config }, { __index = real })
end

describe("reminder.letter", function()
  local letter

  local function load_with(changes)
    letter = stand_in.load({ ["host.crypto"] = stand_in.crypto(), ["host.db"] = {},
      ["host"] = host_with(changes) }, "reminder.letter")
  end

  -- 2030-06-01 12:00:00 UTC; it was put on 2030-01-01 00:00:00 UTC.
  local function row(changes)
    local made = { letter = "opening", message_id = "<a@b>", opens_at = 1906545600 - 315576000,
      created_at = 1893456000 - 315576000 }
    for name, value in pairs(changes or {}) do
      made[name] = value
    end
    return made
  end

  local function contents(changes)
    local made = { mailbox = "alice@example.org", lang = "en", zone = "Asia/Shanghai",
      key = "0123456789abcdef" }
    for name, value in pairs(changes or {}) do
      made[name] = value or nil
    end
    return made
  end

  describe("with a public address", function()
    before_each(function()
      load_with({ public_url = "https://capsule.example/sub" })
    end)

    it("goes to the mailbox under the row's Message-ID", function()
      local made = letter.build(row(), contents())
      assert.equal("alice@example.org", made.to)
      assert.equal("<a@b>", made.headers["Message-ID"])
      assert.is_nil(made.from)
    end)

    it("says when it was put and when it opened, in the zone that it was put in", function()
      local made = letter.build(row(), contents())
      for _, part in ipairs({ "text", "html" }) do
        assert.truthy(made[part]:find("1 June 2020, 08:00 (Asia/Shanghai, UTC+08:00)", 1, true), part)
        assert.truthy(made[part]:find("1 January 2020, 20:00 (Asia/Shanghai, UTC+08:00)", 1, true), part)
      end
    end)

    it("has the key in groups and the link with the key behind #", function()
      local made = letter.build(row(), contents())
      for _, part in ipairs({ "text", "html" }) do
        assert.truthy(made[part]:find("0123-4567-89ab-cdef", 1, true), part)
        assert.truthy(made[part]:find("https://capsule.example/sub/open#0123456789abcdef", 1, true), part)
      end
    end)

    it("has no key where the person unticked it", function()
      local made = letter.build(row(), contents({ key = false }))
      for _, part in ipairs({ "text", "html" }) do
        assert.is_nil(made[part]:find("0123", 1, true), part)
        assert.truthy(made[part]:find("https://capsule.example/sub/open", 1, true), part)
        assert.is_nil(made[part]:find("open#", 1, true), part)
      end
    end)

    it("has a way out, also by one click", function()
      local made = letter.build(row(), contents())
      local url = made.headers["List-Unsubscribe"]:match("^<(https://capsule%.example/sub/confirm%?t=[%w_-]+)>$")
      assert.is_truthy(url, made.headers["List-Unsubscribe"])
      assert.equal("List-Unsubscribe=One-Click", made.headers["List-Unsubscribe-Post"])
      assert.truthy(made.text:find(url, 1, true))
      assert.truthy(made.html:find(url, 1, true))
    end)

    it("speaks the language of whoever put the capsule", function()
      local made = letter.build(row(), contents({ lang = "zh-CN" }))
      assert.equal("一个时间胶囊打开了", made.subject)
      assert.truthy(made.text:find("2020年6月1日", 1, true))
      assert.truthy(made.html:find('<html lang="zh-CN" dir="ltr">', 1, true))
      assert.truthy(made.text:find("0123-4567-89ab-cdef", 1, true))
    end)

    it("has its key from left to right, whatever the language", function()
      local made = letter.build(row(), contents())
      assert.truthy(made.html:find('<span dir="ltr"[^>]*>0123%-4567%-89ab%-cdef</span>'))
    end)

    it("speaks English where the language has gone", function()
      assert.equal("A time capsule has opened",
        letter.build(row(), contents({ lang = "xx" })).subject)
    end)

    it("says of a capsule that is still closed when it opens", function()
      local made = letter.build(row({ letter = "week", opens_at = 1906545600 + 315576000 }), contents())
      assert.equal("A time capsule is waiting", made.subject)
      assert.truthy(made.text:find("It opens on", 1, true))
    end)

    it("asks without a key whether letters are welcome", function()
      local made = letter.build(row({ letter = "confirm" }), contents({ key = false }))
      assert.equal("May a time capsule write to you?", made.subject)
      assert.truthy(made.text:find("/confirm?t=", 1, true))
      assert.truthy(made.html:find("/confirm?t=", 1, true))
      assert.is_nil(made.text:find("/open", 1, true))
    end)
  end)

  describe("without a public address", function()
    before_each(function()
      load_with({ public_url = false })
    end)

    for _, lang in ipairs({ "en", "zh-CN" }) do
      it("has the key and no link: " .. lang, function()
        local made = letter.build(row(), contents({ lang = lang }))
        for _, part in ipairs({ "text", "html" }) do
          assert.truthy(made[part]:find("0123-4567-89ab-cdef", 1, true), part)
          assert.is_nil(made[part]:find("http", 1, true), part)
        end
        assert.is_nil(made.headers["List-Unsubscribe"])
        assert.is_nil(made.headers["List-Unsubscribe-Post"])
      end)
    end
  end)

  it("makes a trial letter", function()
    load_with({})
    local made = letter.trial("you@example.org", "en")
    assert.equal("you@example.org", made.to)
    assert.is_truthy(#made.subject > 0 and #made.text > 0)
  end)

  it("will not ask for confirmation without an address that answers could go to", function()
    local loaded, fault = pcall(load_with, { public_url = false, confirm_addresses = true })
    assert.is_false(loaded)
    assert.truthy(fault[1]:find("confirm_addresses needs --public-url", 1, true)) -- without a place: it is nobody's line
  end)
end)
