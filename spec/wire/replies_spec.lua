-- What a handler returns, as it goes over the wire.
local host_app = require("spec.support.host_app")
local wire = require("spec.support.wire")

describe("a reply", function()
  local srv

  setup(function()
    srv = host_app.start()
  end)
  teardown(function()
    srv:stop()
  end)

  for _, case in ipairs({
    { "that is to reset a form has no body: 205", [[
      > GET /reply?what=reset HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 205 Reset Content
      < Content-Length: 0
      <=
      > GET /hello HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 200 OK
      <= hello
    ]] },
    { "may have a header with an empty value", [[
      > GET /reply?what=empty HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 200 OK
      < X-Empty:
      < X-Full: a
    ]] },
    { "has no header twice by another spelling of its name", [[
      > GET /reply?what=twice HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 500 Internal Server Error
      <! X-A
    ]] },
  }) do
    it(case[1], function()
      wire.play(srv, case[2])
    end)
  end

  it("with a header twice is told of, with both names", function()
    srv:get("/reply?what=twice")
    assert.matches("header [Xx]%-[Aa] twice, also as [Xx]%-[Aa]", srv:log())
  end)
end)
