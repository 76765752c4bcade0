--- Sentences of the page /NAME.
return {
  ["site_NAME.title"] = "NAME",
  ["site_NAME.text"] = "What stands here is in scripts/locales/NAME/en.lua.",
}
