--- Sentences of the page /NAME, in Chinese.
return {
  ["site_NAME.title"] = "NAME",
  ["site_NAME.text"] = "这里的文字在 scripts/locales/NAME/zh-CN.lua 里。",
}
