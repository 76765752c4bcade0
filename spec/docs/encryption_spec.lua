--- docs/encryption.md suffices to write a decrypter: its vectors are what a second implementation
--- makes, and the decrypter that it prints opens them.
local crypto = require("host.crypto")
local files = require("spec.support.files")
local json = require("host.json")
local server = require("spec.support.server")

local PAGE = "docs/encryption.md"

local function block(language)
  local text = files.read(PAGE):match("\n```" .. language .. "\n(.-)\n```")
  return text or error(PAGE .. " has no block of " .. language)
end

--- Runs a program on a text and returns what it prints.
local function run(command, input)
  local folder = server.folder()
  files.write(folder, { input = input })
  local pipe = assert(io.popen(("%s <'%s/input' 2>&1"):format(command, folder)))
  local output = pipe:read("a")
  assert.is_true(pipe:close(), output)
  return output
end

--- Asks the second implementation.
local function ask(questions)
  local lines, answers = {}, {}
  for i, question in ipairs(questions) do
    lines[i] = json.encode(question)
  end
  local output = run("spec/support/tc2.py", table.concat(lines, "\n") .. "\n")
  for line in output:gmatch("[^\n]+") do
    answers[#answers + 1] = json.decode(line)
  end
  assert.equal(#questions, #answers, output)
  return answers
end

local function quoted(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- The second block: capsules as they are stored.
local function stored()
  local text = files.read(PAGE):match("\n```json\n.*\n```json\n(.-)\n```")
  return json.decode(text or error(PAGE .. " has no stored capsules"))
end

describe(PAGE, function()
  it("has capsules of each version that open with their key, as the page tells it", function()
    local key, seal = require("capsule.key"), require("capsule.seal")
    local versions = {}
    for i, row in ipairs(stored()) do
      versions[i] = row.version
      assert.equal(row.key_hash, crypto.hex(key.hash(row.key)))
      local sealing_key = seal.key(row.key)
      assert.equal(row.sealing_key, crypto.hex(sealing_key))
      local sealed_body = crypto.from_hex(row.sealed_body)
      assert.equal(row.body, seal.open(sealing_key, "body", row, sealed_body))
      assert.same({ row.note, row.digest }, { seal.open_note(sealing_key, row, crypto.from_hex(row.sealed_note)) })
      assert.equal(row.version > 1 and crypto.hex(crypto.sha256(sealed_body)) or nil, row.digest)
    end
    assert.same({ 1, 2 }, versions)
  end)

  local vectors = json.decode(block("json"))

  it("has vectors that a second implementation makes and opens", function()
    local questions = {}
    for _, vector in ipairs(vectors) do
      local sealing = { ["do"] = "seal" }
      for _, name in ipairs({ "passphrase", "message", "opens_at", "rounds", "salt", "iv" }) do
        sealing[name] = vector[name]
      end
      questions[#questions + 1] = sealing
      local deriving = { ["do"] = "derive" }
      for _, name in ipairs({ "passphrase", "rounds", "salt" }) do
        deriving[name] = vector[name]
      end
      questions[#questions + 1] = deriving
      questions[#questions + 1] =
        { ["do"] = "open", passphrase = vector.passphrase, text = vector.text }
    end
    local answers = ask(questions)
    assert.is_true(#vectors >= 2)
    for i, vector in ipairs(vectors) do
      assert.same({ text = vector.text }, answers[3 * i - 2])
      for _, name in ipairs({ "passphrase_bytes", "stretched", "key", "commitment" }) do
        assert.equal(vector[name], answers[3 * i - 1][name], name)
      end
      assert.same({ message = vector.message, opens_at = vector.opens_at }, answers[3 * i])
    end
  end)

  it("prints a decrypter that works", function()
    local folder = server.folder()
    files.write(folder, { ["open.py"] = block("python") })
    for _, vector in ipairs(vectors) do
      local command = ("python3 %s/open.py %s"):format(folder, quoted(vector.passphrase))
      assert.equal(vector.message .. "\n", run(command, vector.text .. "\n"))
    end
  end)

  it("describes the original's format too", function()
    local questions = {}
    local contents = json.decode((files.read("spec/fixtures/legacy/contents.json")))
    for _, content in ipairs(contents) do
      if #content.passphrases == 1 then
        questions[#questions + 1] =
          { ["do"] = "open_legacy", passphrase = content.passphrases[1], text = content.stored }
      end
    end
    local answers = ask(questions)
    for _, content in ipairs(contents) do
      if #content.passphrases == 1 then
        assert.same({ message = content.text }, table.remove(answers, 1), content.what)
      end
    end
    local folder = server.folder()
    files.write(folder, { ["message.txt"] = contents[1].stored })
    local command = files.read(PAGE):match("\n(openssl enc [^\n]+)")
    assert.equal(contents[1].text, run(("cd '%s' && (%s 2>/dev/null)"):format(folder, command), ""))
  end)

  it("names the bounds that the code keeps", function()
    local text = files.read(PAGE)
    local source = files.read("static/js/seal/tc2.js")
    local function number(name)
      return (assert(source:match(name .. " = ([%d_]+)"), name):gsub("_", " "))
    end
    for _, name in ipairs({ "ROUNDS", "ROUNDS_MIN", "ROUNDS_MAX", "TIME_MAX" }) do
      assert.truthy(text:find(number(name), 1, true), name)
    end
    assert.truthy(source:find('"TC2 commitment"', 1, true))
  end)
end)
