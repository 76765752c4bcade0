--- deploy/nginx.conf as it stands, but for ports, names of files and a certificate of our own: TLS, HTTP/2, who the
--- client is, connections that are kept, and a node that is away.
local files = require("spec.support.files")
local host_app = require("spec.support.host_app")
local nginx = require("spec.support.nginx")
local process = require("spec.support.process")
local server = require("spec.support.server")

--- The file with those words instead of its own; each must be there.
local function changed(text, words)
  for _, pair in ipairs(words) do
    local from, to = text:find(pair[1], 1, true)
    assert(from, "deploy/nginx.conf lacks " .. pair[1])
    repeat
      text = text:sub(1, from - 1) .. pair[2] .. text:sub(to + 1)
      from, to = text:find(pair[1], from + #pair[2], true)
    until not from
  end
  return text
end

describe("deploy/nginx.conf", function()
  local program = nginx.program()
  local folder, first, second, leash, plain, tls

  lazy_setup(function()
    if not program then
      return
    end
    folder, plain, tls = server.folder(), process.free_port(), process.free_port()
    process.output(("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout %s/key -out %s/cert 2>&1")
      :format(folder, folder))
    first = host_app.start({ "--listen", "unix:" .. folder .. "/http.sock", "--trusted-proxy", "unix:" })
    second = host_app.start({ "--listen", "unix:" .. folder .. "/second.sock", "--trusted-proxy", "unix:" })
    leash = nginx.serve(program, tls, changed(files.read("deploy/nginx.conf"), {
      { "/run/timecapsule/http.sock", folder .. "/http.sock" },
      { "# server 127.0.0.1:8080", "server unix:" .. folder .. "/second.sock" },
      { "    listen [::]:80;\n", "" }, { "    listen [::]:443 ssl http2;\n", "" },
      { "listen 80;", ("listen 127.0.0.1:%d;"):format(plain) },
      { "listen 443 ", ("listen 127.0.0.1:%d "):format(tls) },
      { "capsules.example.org;", "localhost;" },
      { "/etc/letsencrypt/live/capsules.example.org/fullchain.pem", folder .. "/cert" },
      { "/etc/letsencrypt/live/capsules.example.org/privkey.pem", folder .. "/key" },
    }))
  end)
  lazy_teardown(function()
    if program then
      leash:close()
      first:stop()
      second:stop()
    end
  end)

  local function get(path, words)
    return process.output(("curl -sk --http2 %s https://127.0.0.1:%d%s"):format(words or "", tls, path))
  end

  local function with_nginx(name, run)
    it(name, function()
      if not program then
        return pending("no nginx is to be had")
      end
      run()
    end)
  end

  with_nginx("speaks HTTP/2 over TLS, and sends who comes without it there", function()
    assert.equal("2 200", get("/client", "-o /dev/null -w '%{http_version} %{http_code}'"))
    assert.equal("301 https://127.0.0.1/put?x=1", process.output(
      ("curl -s -o /dev/null -w '%%{http_code} %%{redirect_url}' 'http://127.0.0.1:%d/put?x=1'"):format(plain)))
  end)

  with_nginx("tells the client and the scheme, whatever that one says of itself", function()
    for _, words in ipairs({ "", "-H 'X-Forwarded-For: 192.0.2.66' -H 'Forwarded: for=192.0.2.67'" }) do
      assert.equal("https 127.0.0.1", get("/client", words):match("^%S+ %S+"))
    end
  end)

  with_nginx("goes on when a node is away", function()
    first:stop()
    for _ = 1, 10 do
      assert.equal("200", get("/client", "-o /dev/null -w '%{http_code}'"))
    end
  end)
end)
