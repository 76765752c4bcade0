return {
  { name = "site_switch_owner", type = "string", help = "address that is asked each month whether its owner is well" },
  { name = "site_switch_reader", type = "string", help = "address that gets the message where nobody answers" },
  { name = "site_switch_message", type = "string", help = "the message" },
  { name = "site_switch_days", type = "integer", default = 44, min = 31, max = 400, help = "days without an answer" },
}
