-- A static file is sent as its client takes it: whole or a part, plain or gzip, or not again.
local host_app = require("spec.support.host_app")
local wire = require("spec.support.wire")

describe("a static file", function()
  local srv, values

  setup(function()
    srv = host_app.start()
    local plain = srv:get("/static/lines.txt"):expect({ status = 200 })
    local gzip = srv:get("/static/lines.txt", { ["Accept-Encoding"] = "gzip" })
    values = { tag = plain.headers.etag, gzip_tag = gzip.headers.etag, gzip_size = #gzip.body }
    assert.not_equal(values.tag, values.gzip_tag)
  end)
  teardown(function()
    srv:stop()
  end)

  --- The claim, the request's headers, and the answer to GET /static/lines.txt.
  for _, case in ipairs({
    { "is sent whole, and tells that parts can be had", "", [[
      < HTTP/1.1 200 OK
      < Content-Length: 2000
      < Accept-Ranges: bytes
      < Vary: Accept-Encoding
      < Cache-Control: no-cache
      <! Content-Range
      <~ line 0199\n]] },
    { "is sent in part: 206", "Range: bytes=10-19", [[
      < HTTP/1.1 206 Partial Content
      < Content-Range: bytes 10-19/2000
      < Content-Length: 10
      < ETag: ${tag}
      < Content-Type: text/plain; charset=utf-8
      <= line 0001\n]] },
    { "is sent from a place on", "Range: bytes=1990-", [[
      < HTTP/1.1 206 Partial Content
      < Content-Range: bytes 1990-1999/2000
      <= line 0199\n]] },
    { "is sent from the end", "Range: bytes=-5", [[
      < HTTP/1.1 206 Partial Content
      < Content-Range: bytes 1995-1999/2000
      <= 0199\n]] },
    { "has no part behind its end: 416", "Range: bytes=2000-", [[
      < HTTP/1.1 416 Range Not Satisfiable
      < Content-Range: bytes */2000
      < Content-Length: 0
      <=]] },
    { "is sent whole to who asks for several parts", "Range: bytes=0-1,10-11", [[
      < HTTP/1.1 200 OK
      < Content-Length: 2000]] },
    { "is sent in part to who has the rest of it: If-Range", "Range: bytes=0-3\\r\\nIf-Range: ${tag}", [[
      < HTTP/1.1 206 Partial Content
      <= line]] },
    { "is sent whole to who has the rest of another", 'Range: bytes=0-3\\r\\nIf-Range: "other"', [[
      < HTTP/1.1 200 OK
      < Content-Length: 2000]] },
    { "is sent as gzip to who takes it", "Accept-Encoding: gzip", [[
      < HTTP/1.1 200 OK
      < Content-Encoding: gzip
      < Vary: Accept-Encoding
      < ETag: ${gzip_tag}
      < Content-Length: ${gzip_size}]] },
    { "is sent plain to who refuses gzip", "Accept-Encoding: gzip;q=0, br", [[
      < HTTP/1.1 200 OK
      <! Content-Encoding
      < Vary: Accept-Encoding
      < Content-Length: 2000]] },
    { "has parts as gzip too, with the tag of that form", "Accept-Encoding: gzip\\r\\nRange: bytes=0-1", [[
      < HTTP/1.1 206 Partial Content
      < Content-Encoding: gzip
      < Content-Range: bytes 0-1/${gzip_size}
      < ETag: ${gzip_tag}
      <= \x1f\x8b]] },
    { "is not mixed from two forms", "Range: bytes=0-1\\r\\nIf-Range: ${gzip_tag}", [[
      < HTTP/1.1 200 OK
      < Content-Length: 2000]] },
    { "is not sent again to who has it: 304", "If-None-Match: W/${tag}\\r\\nRange: bytes=0-3", [[
      < HTTP/1.1 304 Not Modified
      < ETag: ${tag}
      < Vary: Accept-Encoding
      <! Content-Range
      <! Content-Type]] },
    { "is told by the tag that the client has", "Accept-Encoding: gzip\\r\\nIf-None-Match: ${tag}", [[
      < HTTP/1.1 304 Not Modified
      < ETag: ${tag}]] },
    { "is told by the tag of the form that would be sent, of two", "Accept-Encoding: gzip\\r\\nIf-None-Match: "
      .. "${tag}\\r\\nIf-None-Match: ${gzip_tag}", [[
      < HTTP/1.1 304 Not Modified
      < ETag: ${gzip_tag}]] },
    { "is refused to who wants another: 412", 'If-Match: "other"\\r\\nRange: bytes=0-3', [[
      < HTTP/1.1 412 Precondition Failed
      < ETag: ${tag}
      < Content-Length: 0
      <! Content-Type
      <! Content-Range
      <=]] },
    { "is refused to who wants one alike only: If-Match compares strongly", "If-Match: W/${tag}", [[
      < HTTP/1.1 412 Precondition Failed]] },
    { "is sent to who wants this one", 'If-Match: "other", ${gzip_tag}\\r\\nRange: bytes=0-3', [[
      < HTTP/1.1 206 Partial Content
      <= line]] },
    { "is sent to who wants any", "If-Match: *", [[
      < HTTP/1.1 200 OK]] },
    { "is refused to who wants one of long ago: 412",
      "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\\r\\nRange: bytes=0-3", [[
      < HTTP/1.1 412 Precondition Failed]] },
    { "is refused to who says so in an old form of dates", "If-Unmodified-Since: Sunday, 06-Nov-94 08:49:37 GMT", [[
      < HTTP/1.1 412 Precondition Failed]] },
    { "is sent to who wants that of the days to come", "If-Unmodified-Since: Mon, 06 Nov 2090 08:49:37 GMT", [[
      < HTTP/1.1 200 OK]] },
    { "is sent to who has no date, or a tag beside it", "If-Unmodified-Since: once\\r\\nIf-Match: ${tag}", [[
      < HTTP/1.1 200 OK]] },
  }) do
    it(case[1], function()
      local headers = case[2] == "" and "" or case[2]:gsub("\\\\", "\\") .. "\\r\\n"
      wire.play(srv, "> GET /static/lines.txt HTTP/1.1\n>> Host: a\\r\\n" .. headers
        .. "Connection: close\\r\\n\\r\\n\n" .. case[3] .. "\n<EOF", values)
    end)
  end

  it("is not changed by a date where its tag is known", function()
    wire.play(srv, [[
      > GET /static/lines.txt HTTP/1.1
      > Host: a
      > If-Match: ${tag}
      > If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT
      >
      < HTTP/1.1 200 OK
    ]], values)
  end)

  it("has no parts for HEAD, and takes no other method", function()
    wire.play(srv, [[
      > HEAD /static/lines.txt HTTP/1.1
      > Host: a
      > Range: bytes=0-3
      >
      < HTTP/1.1 200 OK
      < Content-Length: 2000
      <=
      > OPTIONS /static/lines.txt HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 204 No Content
      < Allow: GET, HEAD, OPTIONS
      > DELETE /static/lines.txt HTTP/1.1
      > Host: a
      >
      < HTTP/1.1 405 Method Not Allowed
      < Allow: GET, HEAD, OPTIONS
      <SILENCE
    ]])
  end)
end)
