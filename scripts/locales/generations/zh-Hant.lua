--- 繁體中文：預覽中的版本的頁面，只有一個瀏覽器看得到。
return {
  ["preview.name"] = "預覽",
  ["preview.who"] = "這是第 {generation} 個版本，只有這個瀏覽器看得到。",
  ["preview.live"] = "在這裡寫入或刪除的內容都是真的：直接進入正式資料庫。",
  ["preview.leave"] = "離開預覽",
}
