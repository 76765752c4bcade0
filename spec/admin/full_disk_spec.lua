--- With nothing free on the database's disk every act of an admin says what is wrong, where, and what to do; letters
--- that are due say why they wait.
local admin = require("spec.support.admin")
local capsules = require("spec.support.capsules")
local letters = require("spec.support.letters")
local process = require("spec.support.process")
local small_disk = require("spec.support.small_disk")

describe("a disk without a byte", function()
  local disk, srv, browser, second

  local function says(text)
    assert.matches("/capsules%.db cannot be written: its disk is full; make room there", text)
    assert.is_nil(text:find("database or disk", 1, true), text)
  end

  lazy_setup(function()
    if not small_disk.can() then
      return
    end
    disk = small_disk.new(16)
    srv = letters.server("file:" .. process.folder(), { data = disk.data, program = disk.program,
      args = { "--set", "disk_free_mib=0" } })
    srv:set_clock(letters.OPENS - 7200)
    letters.put(srv, "ada@example.org")
    browser, second = admin.sign_in(srv), admin.sign_in(srv)
    browser:csrf()
    second:csrf()
    disk:fill()
  end)
  lazy_teardown(function()
    if disk then
      srv:stop()
      disk:__close()
    end
  end)

  local function check(words, fn)
    it(words, function()
      return disk and fn() or pending("this run may not mount a file system")
    end)
  end

  check("is told by each command that writes", function()
    for _, words in ipairs({ { "maintenance", "closed" }, { "admin-token" }, { "reminders", "--pause", "a trial" } }) do
      local status, output = letters.run(srv, table.unpack(words))
      assert.are_not.equal(0, status)
      says(output)
    end
    return true
  end)

  check("is told by each page that writes, in the reader's language", function()
    says(browser:post("/maintenance/set", { mode = "closed" }):expect({ status = 503 }).body)
    says(browser:post("/reminders/pause", { why = "a trial" }):expect({ status = 503 }).body)
    browser:post("/capsules/disable", { number = "1", why = "a trial" }, { ["Accept-Language"] = "zh-CN" })
      :expect({ status = 503 }):expect_body("capsules.db 无法写入：它所在的磁盘已满，请在那里腾出空间")
    return true
  end)

  check("promises visitors nothing of the next seconds", function()
    srv:post("/put", capsules.form()):expect({ status = 503 }):expect_body("Try again later.")
      :expect_no_body("seconds")
    return true
  end)

  check("keeps acts until they are recorded, and a sign-out holds at once: both are said", function()
    browser:post("/reminders/pause", { why = "kept" }):expect({ status = 503 })
      :expect_body("The server keeps it, and the audit has it once it does")
    browser:get("/audit"):expect({ status = 200 }):expect_body("(not recorded yet)")
    local copy = admin.browser(srv, second.cookie)
    copy:get("/"):expect({ status = 200 })
    second:post("/sign-out"):expect({ status = 200 }):expect_body("The database takes no record of it now")
    copy:get("/"):expect({ status = 303 })
    return true
  end)

  check("is why letters wait: on their page, and on the overview, where they are not well", function()
    assert.is_nil(browser:json("/reminders").waits)
    srv:set_clock(letters.OPENS + 5)
    assert.is_truthy(process.wait_for(function()
      return browser:json("/reminders").waits
    end), srv:log())
    says(browser:get("/reminders").body)
    for _, line in ipairs(browser:json("/overview").lines) do
      if line.subject == "letters" then
        assert.equal("look", line.verdict)
        says(line.advice)
      end
    end
    return true
  end)

  check("with room again is one where letters go, and nothing is said", function()
    disk:free()
    letters.run(srv, "maintenance", "open")
    assert.is_truthy(process.wait_for(function()
      return browser:json("/reminders").states.sent == 1
    end), srv:log())
    assert.is_nil(browser:json("/reminders").waits)
    assert.is_truthy(process.wait_for(function()
      local recorded = {}
      for _, act in ipairs(browser:json("/audit").acts) do
        recorded[act.act] = not act.waits
      end
      return recorded.sign_out and recorded.reminders_pause
    end), srv:log())
    return true
  end)
end)
