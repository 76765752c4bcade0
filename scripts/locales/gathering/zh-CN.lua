--- 大家一起写的胶囊；规则见 ../en.lua。
return {
  ["error.gather_bad"] = "请给出一个对象，里面有 “until” 和 “most”，或只有其中一个，也可以是空的。",
  ["error.gather_off"] = "这里的胶囊不收别人的信。",
  ["error.gather_until_bad"] = "这不是日期和时间。请写成 2031-01-01 08:00 这样，或者留空。",
  ["error.gather_past"] = "收信的最后时刻已经过去，请选一个更晚的时刻。",
  ["error.gather_late"] = "收信的最后时刻不能晚于开启时间。",
  ["error.gather_most"] = "请填写信的数目，从 1 到 {max}。",
  ["error.gather_sealed"] = "口令只能锁住你的这一封，锁不住别人的信。请去掉口令，或者不让别人加信。",

  ["add.unknown"] = "没有胶囊用这个邀请码收信。",
  ["add.closed"] = "这个胶囊不再收信：收信的最后时刻已经过去。",
  ["add.full"] = "这个胶囊已经满了：能收的信都收齐了。",
}
