return { api = 1, require("site.wall") }
