--- What the Dockerfile says, as far as it can be judged without building an image (deploy/try-image does
--- that): what it copies suffices to build from, and documents mount the folder that the image writes to.
local files = require("spec.support.files")
local process = require("spec.support.process")
local server = require("spec.support.server")

local DOCKERFILE = files.read("Dockerfile")

describe("the Dockerfile", function()
  it("copies all that the build needs", function()
    local folder = server.folder()
    local build = DOCKERFILE:match("\nFROM [^\n]+ AS build\n(.-)\nFROM ")
    for paths in build:gmatch("\nCOPY ([^\n]+) %S+") do
      for path in paths:gmatch("%S+") do
        process.output(("mkdir -p %s/%s && cp -r %s %s/%s"):format(folder, path:match("^(.*)/") or ".", path,
          folder, path:match("^(.*)/") or "."))
      end
    end
    local preset = assert(build:match("RUN (cmake %-%-preset %S+)"))
    local status, output = pcall(process.output, ("cd %s && %s"):format(folder, preset))
    assert.is_true(status, output)
    local targets = process.output(("ninja -C %s/build/release -t inputs all"):format(folder))
    assert.truthy(targets:find("core/server/main.c", 1, true))
    assert.is_nil(targets:find("spec/", 1, true))
  end)

  it("keeps data where the documents mount a volume", function()
    local volume = assert(DOCKERFILE:match("\nVOLUME (%S+)"))
    assert.equal(volume, DOCKERFILE:match("TIMECAPSULE_DATA=(%S+)"))
    local count = 0
    for path in process.output("find Dockerfile *.md docs -type f"):gmatch("%S+") do
      for mounted in files.read(path):gmatch("docker run[^\n]* %-v %w+:(%S+)") do
        assert.equal(volume, mounted, path)
        count = count + 1
      end
    end
    assert.is_true(count >= 2)
  end)
end)
