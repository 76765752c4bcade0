return {
  { name = "site_webhook_url", type = "string", help = "who is told when a capsule is opened; unset: nobody" },
  { name = "site_webhook_token", type = "string", help = "what it knows us by (Authorization: Bearer)" },
}
