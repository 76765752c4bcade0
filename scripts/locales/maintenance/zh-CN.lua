--- 简体中文：维护期间访客看到的话。
return {
  ["maintenance.closed_title"] = "暂时关闭",
  ["maintenance.closed"] = "本站正在维护。胶囊都原样保存，什么也不会丢失。",
  ["maintenance.read_only_title"] = "现在不能封存",
  ["maintenance.read_only"] = "本站正在维护。胶囊照常打开，但暂不接收新的内容。",
  ["maintenance.back_at"] = "请在 {time}再来。",
  ["maintenance.later"] = "请过一会儿再来。",
  ["maintenance.kept"] = "{why}{back}你写的内容还在这里：请不要关闭本页，到时再发送。",
  ["fault.again"] = "再发送一次",
}
