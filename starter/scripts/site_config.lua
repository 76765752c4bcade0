--- Settings of this site; names begin with "site_".  Give them values by --set site_motto=…, by
--- TIMECAPSULE_SITE_MOTTO, or by a line `site_motto = …` in the configuration file.
return {
  {
    name = "site_motto",
    type = "string",
    default = "Words keep.",
    help = "a line that the page /hello shows",
  },
}
