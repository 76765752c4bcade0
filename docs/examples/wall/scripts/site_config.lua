return {
  { name = "site_wall_max", type = "integer", default = 20, min = 1, max = 100, help = "sentences on the wall" },
  { name = "site_wall_days", type = "integer", default = 30, min = 1, max = 3650, help = "days that a sentence stays" },
}
