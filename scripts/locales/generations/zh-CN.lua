--- 简体中文：预览中的版本的页面，只有一个浏览器看得到。
return {
  ["preview.name"] = "预览",
  ["preview.who"] = "这是第 {generation} 个版本，只有这个浏览器看得到。",
  ["preview.live"] = "在这里写入或删除的内容都是真的：直接进入正式数据库。",
  ["preview.leave"] = "退出预览",
}
