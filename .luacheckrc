-- luacheck: scripts write no globals and read only Lua's own; specs see busted's too.
std = "lua54"
max_line_length = 120
cache = false
exclude_files = { "build*", "var" }
files["spec"] = { std = "+busted", max_line_length = 132 } -- tables of cases
files["scripts/meta"] = { ignore = { "212", "241", "311" } } -- declarations without bodies
