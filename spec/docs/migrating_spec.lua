--- docs/migrating.md is walked through with a dump of the original, to the last old key opened.
local files = require("spec.support.files")
local json = require("host.json")
local page = require("spec.support.page")
local process = require("spec.support.process")

local PAGE = "docs/migrating.md"

describe(PAGE, function()
  it("takes over a dump of the original, and every old key opens", function()
    local reader = page.reader()
    finally(function()
      reader:stop()
    end)
    files.write(reader.folder, { ["capsule.sql"] = files.read("spec/fixtures/legacy/capsule.sql"),
      ["privilege_key.txt"] = "{'mail_host': 'smtp.example.org', 'mail_user': 'me@example.org', 'mail_pass': 'hunter2'}\n" })
    for _, block in ipairs(page.blocks(PAGE)) do
      if block.run_by then
        reader:follow(block)
      end
    end
    local now = os.date("!%Y-%m-%d %H:%M:%S")
    for _, capsule in ipairs(json.decode(files.read("spec/fixtures/legacy/expected.json"))) do
      local answer = process.output(("curl -s -o %s/answer -w '%%{http_code}' --data-urlencode 'key=%s' http://127.0.0.1:%d/open/")
        :format(reader.folder, capsule.key, reader.port))
      assert.equal(capsule.time < now and "200" or "403", answer)
      local shown = files.read(reader.folder .. "/answer")
      assert.truthy(shown:find(capsule.time < now and capsule.name or capsule.tips, 1, true), capsule.key)
    end
  end)
end)
