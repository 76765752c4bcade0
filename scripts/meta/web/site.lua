---@meta web.site
-- Types for the editor of a site; never loaded.  What is declared in a loop or handed to templates by name, and so
-- stands nowhere else: the routes of an application, what scripts/web sets in a request, what templates may call.

--- Answers a request, or says why not: `nil, message, kind` becomes a status.
---@alias web.Handler fun(req: request): reply?, string?, host.kind?

---@class web.RouteOptions
---@field body (integer|fun(): integer)? bytes that a body may have
---@field rates { name: string, minute: integer }[]? how often one client may ask, each by its name

--- name: what `app:url(name)` gives; paths: one spelling or several, the first is the one that is shown.
---@alias web.Paths string|string[]
---@alias web.Route fun(self: web.App|web.Group, name: string, paths: web.Paths, f: web.Handler, how: web.RouteOptions?)

---@class web.App
---@field get web.Route
---@field post web.Route
---@field put web.Route
---@field patch web.Route
---@field delete web.Route

---@class web.Group
---@field get web.Route
---@field post web.Route
---@field put web.Route
---@field patch web.Route
---@field delete web.Route

---@class request
---@field params table<string, string> what stands in the path for `:name`
---@field lang string the reader's language, "en"
---@field t fun(key: string, args?: table<string, string|number>): string a sentence in it
---@field route string the route's name

--- What every template may call or read, beside Lua's own and the names of its context.
---@class web.TemplateNames
---@field t fun(key: string, args?: table<string, string|number>): string a sentence, plain text
---@field t_html fun(key: string, args?: table<string, string|number>): string one that is HTML; to be shown by <%-
---@field escape fun(value: string|number): string as it may stand in HTML
---@field lang string the page's language
---@field languages string[] all of them, sorted
---@field language_name fun(code: string): string what one calls itself
---@field url fun(name: string, params?: table<string, string|number>): string the path of a route
---@field asset fun(path: string): string "css/ours.css" → its URL
---@field absolute fun(path: string): string? its whole address, nil without a public one
---@field csrf fun(): string the hidden field of a form; to be shown by <%-
---@field req request
---@field opt table<string, any> names of the context that may be absent
