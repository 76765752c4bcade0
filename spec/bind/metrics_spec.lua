local metrics = require("host.metrics")

--- The value that a series has in the text, nil if it is not there.
local function value_of(series)
  for line in metrics.render():gmatch("[^\n]+") do
    if line:sub(1, #series + 1) == series .. " " then
      return tonumber(line:sub(#series + 2))
    end
  end
  return nil
end

describe("host.metrics", function()
  it("adds to counters", function()
    metrics.counter("spec_calls_total")
    metrics.counter("spec_calls_total")
    metrics.counter("spec_calls_total", nil, 2.5)
    metrics.counter("spec_calls_total", {}, 0)
    assert.equal(4.5, value_of("spec_calls_total"))
  end)

  it("sets gauges", function()
    metrics.gauge("spec_level", 5)
    metrics.gauge("spec_level", -2.5)
    assert.equal(-2.5, value_of("spec_level"))
  end)

  it("counts durations", function()
    for _, seconds in ipairs({ 0.0005, 0.02, 60 }) do
      metrics.histogram("spec_seconds", seconds)
    end
    assert.equal(3, value_of("spec_seconds_count"))
    assert.equal(60.0205, value_of("spec_seconds_sum"))
    assert.equal(3, value_of('spec_seconds_bucket{le="+Inf"}'))
    assert.equal(1, value_of('spec_seconds_bucket{le="0.001"}'))
    assert.equal(2, value_of('spec_seconds_bucket{le="10"}'))
  end)

  it("keeps a series for each set of labels, in whatever order they come", function()
    for _ = 1, 3 do
      metrics.counter("spec_labelled_total", { route = "put", status = 200, good = true })
      metrics.counter("spec_labelled_total", { good = true, status = 200, route = "put" })
    end
    metrics.counter("spec_labelled_total", { route = "open", status = 200, good = true })
    local text = metrics.render()
    local put = text:match('spec_labelled_total{[^}]*route="put"[^}]*} (%S+)')
    local open = text:match('spec_labelled_total{[^}]*route="open"[^}]*} (%S+)')
    assert.equal(6, tonumber(put))
    assert.equal(1, tonumber(open))
    assert.equal(2, select(2, text:gsub("\nspec_labelled_total{", "")))
    assert.is_truthy(text:match('status="200"'))
    assert.is_truthy(text:match('good="true"'))
  end)

  it("escapes label values, so that none can forge a line", function()
    metrics.counter("spec_escaped_total", { label = 'a"b\\c\nspec_forged_total 1' })
    local text = metrics.render()
    assert.is_truthy(text:find('spec_escaped_total{label="a\\"b\\\\c\\nspec_forged_total 1"} 1', 1, true))
    assert.is_nil(value_of("spec_forged_total"))
  end)

  it("says what a name means, and has its series there from the start", function()
    metrics.describe("spec_described_total", "counter", "What is counted.")
    metrics.describe("spec_sets_total", "counter", "By kind.", { { kind = "a" }, { kind = "b" } })
    metrics.describe("spec_none_seconds", "histogram", "Nothing yet.", {})
    assert.equal(0, value_of("spec_described_total"))
    assert.equal(0, value_of('spec_sets_total{kind="a"}'))
    assert.equal(0, value_of('spec_sets_total{kind="b"}'))
    assert.is_nil(value_of("spec_none_seconds_count"))
    metrics.counter("spec_described_total", nil, 3)
    metrics.describe("spec_described_total", "counter", "What is counted.")
    assert.equal(3, value_of("spec_described_total"))
    local text = metrics.render()
    assert.is_truthy(text:find("# HELP spec_sets_total By kind.\n# TYPE spec_sets_total counter\n", 1, true))
    assert.is_truthy(text:find("# HELP spec_none_seconds Nothing yet.\n# TYPE spec_none_seconds histogram\n", 1, true))
  end)

  it("raises for misuse, naming function and argument", function()
    metrics.counter("spec_typed_total")
    local cases = {
      { metrics.gauge, { "spec_typed_total", 1 }, "#1 to 'host.metrics.gauge' ('spec_typed_total' is a metric of another type" },
      { metrics.histogram, { "spec_typed_total", 1 }, "another type" },
      { metrics.counter, {}, "host.metrics.counter takes 1 to 3 arguments, got 0" },
      { metrics.counter, { "Bad-Name" }, "'Bad-Name' is no metric's name" },
      { metrics.counter, { "1st" }, "is no metric's name" },
      { metrics.counter, { "" }, "is no metric's name" },
      { metrics.counter, { "spec_x", nil, -1, n = 3 }, "#3 to 'host.metrics.counter' (a counter never falls)" },
      { metrics.counter, { "spec_x", 5 }, "#2 to 'host.metrics.counter' (table expected, got number)" },
      { metrics.counter, { "spec_x", { ["a b"] = 1 } }, "'a b' is no label's name" },
      { metrics.counter, { "spec_x", { "y" } }, "is no label's name" },
      { metrics.counter, { "spec_x", { a = {} } }, "label 'a' is a table" },
      { metrics.counter, { "spec_x", { a = ("x"):rep(201) } }, "longer than 200 bytes" },
      { metrics.counter, { "spec_x", { a = 1, b = 1, c = 1, d = 1, e = 1 } }, "more than 4 labels" },
      { metrics.gauge, { "spec_x", 0 / 0 }, "#2 to 'host.metrics.gauge' (it is not a finite number)" },
      { metrics.gauge, { "spec_x" }, "host.metrics.gauge takes 2 to 3 arguments, got 1" },
      { metrics.histogram, { "spec_x", "1" }, "number expected, got string" },
      { metrics.describe, { "spec_typed_total", "gauge", "x" }, "'spec_typed_total' is a metric of another type" },
      { metrics.describe, { "tc_metrics_dropped_total", "counter", "x" }, "or reserved" },
      { metrics.describe, { "spec_x", "meter", "x" }, "invalid option 'meter'" },
      { metrics.describe, { "spec_y_total", "counter", "x", { { le = "1" } } }, "a label of set 1 is reserved" },
      { metrics.describe, { "spec_y_total", "counter" }, "takes 3 to 4 arguments, got 2" },
      { metrics.render, { 1 }, "host.metrics.render takes 0 arguments, got 1" },
    }
    for _, case in ipairs(cases) do
      local good, message = pcall(case[1], table.unpack(case[2], 1, case[2].n))
      assert.is_false(good, case[3])
      assert.is_truthy(message:find(case[3], 1, true), message)
    end
    assert.is_nil(value_of("spec_x"))
  end)
end)
