--- What monitoring asks.
local capsules = require("spec.support.capsules")
local server = require("spec.support.server")

describe("health", function()
  local srv

  setup(function()
    srv = server.start()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  it("is told on both listeners", function()
    for _, site in ipairs({ srv, srv.admin }) do
      for _, path in ipairs({ "/healthz", "/readyz" }) do
        site:get(path):expect({
          status = 200,
          body = '{"status":"ok"}',
          header = { ["content-type"] = "application/json", ["cache-control"] = "no-store" },
        })
      end
    end
  end)

  it("is counted on the admin listener only", function()
    srv:get("/metrics"):expect({ status = 404 })
    local key = capsules.put(srv)
    srv:post("/open", { key = key })
    srv:post("/open", { key = "x" })
    srv:set_clock("2030-06-01T12:00:00Z")
    srv:post("/open", { key = key })
    srv:set_clock(capsules.NOW)
    srv.admin:get("/metrics"):expect({
      status = 200,
      header = { ["content-type"] = { has = "text/plain; version=0.0.4" } },
    }):expect_body(
      "tc_capsules_put_total 1",
      "tc_capsules_not_yet_total 1",
      "tc_capsules_not_found_total 1",
      "tc_capsules_opened_total 1"
    )
  end)

  it("is all that the admin listener has for strangers", function()
    for _, path in ipairs({ "/put", "/open", "/introduce" }) do
      srv.admin:get(path):expect({ status = 404 }):expect_no_body("<form")
    end
  end)
end)
