--- /metrics by Prometheus' conventions: described, named by base units, there from the start; and every series that an
--- alert of deploy/prometheus names.
local capsules = require("spec.support.capsules")
local files = require("spec.support.files")
local process = require("spec.support.process")
local server = require("spec.support.server")
local source = require("spec.support.source")

--- What is called so and is no metric.
local COOKIES = { tc_preview = true, tc_admin = true }

--- The scrape by family: { type=, help=, samples = { [series] = value } }.
local function scrape(srv)
  local families, current = {}, "none"
  for line in srv.admin:get("/metrics").body:gmatch("[^\n]+") do
    local name, help = line:match("^# HELP (%S+) (.+)$")
    local typed, type = line:match("^# TYPE (%S+) (%S+)$")
    if name then
      families[name] = { help = help, samples = {} }
    elseif typed then
      families[typed] = families[typed] or { samples = {} }
      families[typed].type = type
      current = typed
    else
      local series, value = line:match("^(.+) (%S+)$")
      families[current].samples[series] = tonumber(value)
    end
  end
  return families
end

local function samples_of(families)
  local all = {}
  for _, family in pairs(families) do
    for series, value in pairs(family.samples) do
      all[series] = value
    end
  end
  return all
end

describe("/metrics", function()
  local srv

  setup(function()
    srv = server.start()
    srv:set_clock(capsules.NOW)
  end)
  teardown(function()
    srv:stop()
  end)

  it("says of every name what it means and of which type it is", function()
    for name, family in pairs(scrape(srv)) do
      assert.is_truthy(family.help and #family.help > 10, name .. " has no HELP")
      assert.is_truthy(family.type, name .. " has no TYPE")
    end
  end)

  it("names them as others do", function()
    for name, family in pairs(scrape(srv)) do
      assert.equal(family.type == "counter", name:find("_total$") ~= nil, name)
      assert.is_nil(name:find("_ms$") or name:find("_milliseconds") or name:find("_mib$") or name:find("_minutes"), name)
      if family.type == "histogram" then
        assert.is_truthy(name:find("_seconds$"), name)
      end
      assert.is_truthy(name:find("^tc_") or name:find("^process_"), name)
    end
  end)

  it("has every name that the sources record", function()
    local families, missing = scrape(srv), {}
    for _, file in ipairs(source.files({ "core", "scripts" }, { ".c", ".h", ".lua" })) do
      for name in file.text:gmatch('"(tc_[%w_]+)"') do
        if not families[name] and not COOKIES[name] then
          missing[#missing + 1] = file.path .. ": " .. name
        end
      end
    end
    assert.same({}, missing)
  end)

  it("has its series before anything has happened", function()
    local samples = samples_of(scrape(srv))
    for _, series in ipairs({
      "tc_capsules_put_total", "tc_capsules_opened_total", "tc_seal_failures_total",
      'tc_requests_total{route="put",status="5xx"}', 'tc_requests_total{route="api.open",status="5xx"}',
      'tc_requests_total{route="static",status="2xx"}', 'tc_rate_limited_total{limit="open"}',
      'tc_reminders_failed_total{kind="permanent"}', 'tc_reloads_total{outcome="failed"}',
      'tc_limits_exceeded_total{limit="memory"}', "tc_worker_stalls_total", "tc_db_refused_total",
      'tc_refused_messages_total{status="400"}', 'tc_timer_runs_total{outcome="failed",timer="reminder.send"}',
      "tc_metrics_dropped_total",
    }) do
      assert.equal(0, samples[series], series)
    end
  end)

  it("times requests by route and class of status", function()
    srv:get("/put"):expect({ status = 200 })
    srv:post("/open", { key = "x" }):expect({ status = 404 })
    local families
    assert.is_truthy(process.wait_for(function()
      families = scrape(srv)
      local seconds = families.tc_request_seconds.samples
      return seconds['tc_request_seconds_count{route="put",status="2xx"}'] == 1
        and seconds['tc_request_seconds_count{route="open.submit",status="4xx"}'] == 1
    end), "no such series")
    local seconds = families.tc_request_seconds.samples
    assert.equal(1, seconds['tc_request_seconds_bucket{route="put",status="2xx",le="+Inf"}'])
    assert.is_true(seconds['tc_request_seconds_sum{route="put",status="2xx"}'] > 0)
    assert.equal(1, families.tc_requests_total.samples['tc_requests_total{route="put",status="2xx"}'])
  end)

  it("says what runs, and how the process does", function()
    local families = scrape(srv)
    local build = next(families.tc_build_info.samples)
    assert.matches('database="%a+"', build)
    assert.matches('lua="5%.4%.%d+"', build)
    assert.matches('version="%d+%.%d+%.%d+"', build)
    local samples = samples_of(families)
    assert.is_true(samples.process_open_fds > 5 and samples.process_open_fds <= samples.process_max_fds)
    assert.is_true(samples.process_cpu_seconds_total > 0)
    assert.is_true(samples.process_resident_memory_bytes < samples.process_virtual_memory_bytes)
    assert.is_true(math.abs(samples.process_start_time_seconds - os.time()) < 600)
    assert.is_true(samples.process_threads > samples.tc_workers)
  end)

  it("has gauges of queue, pool, host and generation", function()
    srv:tick("reminder.count")
    srv:tick("health.ready")
    local families = scrape(srv)
    local samples = samples_of(families)
    assert.equal(1, samples.tc_generation)
    assert.equal(1, samples.tc_generations_live)
    assert.is_true(samples.tc_connections >= 1)
    assert.is_true(samples.tc_disk_free_bytes > 2 ^ 20)
    assert.is_true(samples.tc_zones_age_seconds > 0)
    assert.equal(1, samples['tc_ready{part="database"}'])
    assert.equal(1, samples['tc_ready{part="secret"}'])
    assert.equal(0, samples['tc_reminders{state="pending"}'])
    assert.is_truthy(next(families.tc_db_waiting.samples))
    if os.getenv("SPEC_DATABASE") == "mariadb" then
      assert.is_truthy(next(families.tc_db_connections.samples))
      assert.is_truthy(next(families.tc_db_host.samples))
    end
  end)

  it("has whatever an alert of deploy/prometheus names", function()
    local samples, seen = samples_of(scrape(srv)), 0
    local has = function(name, label)
      for series in pairs(samples) do
        local base = series:match("^[%w_]+")
        if base == name and (not label or series:find(label, 1, true)) then
          return true
        end
      end
    end
    local rules = files.read("deploy/prometheus/timecapsule.rules.yml")
    for name, labels in rules:gmatch("%f[%w_](%a+_[%w_]+)({?[^}%s]*)") do
      if name:find("^tc_") or name:find("^process_") then
        seen = seen + 1
        assert.is_truthy(has(name), name)
        for label in labels:gmatch('[%w_]+="[^"]*"') do
          assert.is_truthy(label:find('^status="5xx"') or label:find("^job=") or has(name, label), name .. " " .. label)
        end
      end
    end
    assert.is_true(seen > 22, "the rules were not read")
  end)
end)
