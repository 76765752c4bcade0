--- The same sentences in Chinese.
return {
  ["hello.title"] = "你好",
  ["hello.greeting"] = "这个页面属于你，它位于 {file}。",
  ["hello.say"] = "打个招呼",
  ["hello.count"] = "打招呼的次数：{count}",
  ["hello.back"] = "返回首页",
  ["hello.footer"] = "用心保存。",
}
