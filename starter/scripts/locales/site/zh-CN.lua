--- The same sentences in Chinese.
return {
  ["hello.title"] = "你好",
  ["hello.greeting"] = "这个页面属于您，它位于 {file}。",
  ["hello.back"] = "返回首页",
  ["hello.footer"] = "用心保存。",
}
