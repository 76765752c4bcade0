--- deploy/packages prints the command that whoever reads it can run.
local files = require("spec.support.files")
local process = require("spec.support.process")

--- A PATH with these programs and the tools that every system has.
local function path_with(programs)
  local folder = files.folder(programs)
  process.output(("chmod -R a+rX %s/.. && chmod 755 %s/*; for tool in sh tr awk sed grep; do ln -s $(command -v $tool) %s; done")
    :format(folder, folder, folder))
  return folder
end

local RELEASE = {
  ["dpkg-query"] = "#!/bin/sh\n",
  ["apt-cache"] = "#!/bin/sh\nshift\nfor name; do printf '%s:\\n  Candidate: 1\\n' $name; done\n",
  id = "#!/bin/sh\necho 1000\n",
}

describe("deploy/packages, for somebody who may not install,", function()
  it("prints a command with sudo where there is one", function()
    RELEASE.sudo = "#!/bin/sh\nexit 1\n"
    local told = process.output(("PATH=%s deploy/packages run 2>&1 || true"):format(path_with(RELEASE)))
    assert.truthy(told:find("\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends gcc ", 1, true), told)
  end)

  it("prints one for root's password where there is none", function()
    RELEASE.sudo = nil
    local told = process.output(("PATH=%s deploy/packages run 2>&1 || true"):format(path_with(RELEASE)))
    assert.truthy(told:find("\n  su -c 'apt-get update && apt-get install -y --no-install-recommends gcc ", 1, true), told)
    assert.is_nil(told:find("sudo", 1, true))
  end)
end)
