--- Letters as files: where no mail server is set up, or where a folder is named.
local lfs = require("lfs")
local smtp = require("spec.support.smtp")

local function files_of(folder)
  local files = {}
  for name in lfs.dir(folder) do
    if name ~= "." and name ~= ".." then
      files[#files + 1] = name
    end
  end
  table.sort(files)
  return files
end

describe("the outbox", function()
  local srv

  before_each(function()
    srv = smtp.app()
  end)

  after_each(function()
    srv:stop()
  end)

  it("is where letters go when nothing is set up", function()
    assert.equal("file", srv:get("/config"):json().mail)
    local out = smtp.send(srv, { to = { address = "ada@例子.example", name = "王小明" },
      subject = ("主题"):rep(50), text = ".\nHello 你\n", html = "<p>x" })
    local files = files_of(srv.data .. "/outbox")
    assert.same({ out.receipt.reply }, files)
    assert.truthy(files[1]:match("^%d%d%d%d%d%d%d%dT%d%d%d%d%d%dZ%-%x+%.eml$"), files[1])
    local got = smtp.parse(srv.data .. "/outbox/" .. files[1])
    assert.same({}, got.defects)
    assert.same({ { name = "王小明", address = "ada@xn--fsqu00a.example" } }, got.to)
    assert.equal(("主题"):rep(50), got.headers.subject)
    assert.equal(out.receipt.id, got.headers["message-id"])
    assert.equal(".\r\nHello 你\r\n", got.parts[1].text)
  end)

  it("is for its owner's eyes alone", function()
    local out = smtp.send(srv, {})
    local folder = srv.data .. "/outbox"
    assert.equal("rwx------", lfs.attributes(folder, "permissions"))
    assert.equal("rw-------", lfs.attributes(folder .. "/" .. out.receipt.reply, "permissions"))
  end)

  it("keeps every letter of many that come at once", function()
    local conns = {}
    for i = 1, 20 do
      conns[i] = srv:connect()
      conns[i]:ask({ method = "POST", path = "/send", headers = { ["Content-Type"] = "application/json" },
        body = '{"to":"a@b.example","subject":"s","text":"t"}' })
    end
    for _, conn in ipairs(conns) do
      assert.is_truthy(conn:response():json().receipt)
      conn:close()
    end
    assert.equal(20, #files_of(srv.data .. "/outbox"))
  end)

  it("checks addresses as a mail server's way does", function()
    assert.equal("input", smtp.send(srv, { to = "a@b.example\r\nBcc: c@d.example" }).kind)
    assert.is_nil(lfs.attributes(srv.data .. "/outbox"))
  end)

  it("that cannot be written is a temporary failure, and leaves nothing behind", function()
    local file = assert(io.open(srv.data .. "/outbox", "w"))
    file:close()
    local out = smtp.send(srv, {})
    assert.equal("temporary", out.kind)
    assert.truthy(out.message:find("the outbox", 1, true))
    os.remove(srv.data .. "/outbox")
    assert.is_truthy(smtp.send(srv, {}).receipt)
  end)
end)

describe("a folder that --mail names", function()
  it("gets the letters", function()
    local folder = os.tmpname()
    os.remove(folder)
    local srv = smtp.app({ "--mail", "file:" .. folder })
    assert.is_truthy(smtp.send(srv, {}).receipt)
    assert.equal(1, #files_of(folder))
    srv:stop()
    os.execute("rm -rf " .. folder)
  end)
end)
