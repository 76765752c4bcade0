--- 繁體中文：維護期間訪客看到的話。
return {
  ["maintenance.closed_title"] = "暫時關閉",
  ["maintenance.closed"] = "本站正在維護。膠囊都原樣保存，什麼也不會丟失。",
  ["maintenance.read_only_title"] = "現在不能封存",
  ["maintenance.read_only"] = "本站正在維護。膠囊照常開啟，但暫不接收新的內容。",
  ["maintenance.back_at"] = "請在 {time}再來。",
  ["maintenance.later"] = "請過一會兒再來。",
  ["maintenance.kept"] = "{why}{back}你寫的內容還在這裡：請不要關閉本頁，到時再送出。",
  ["fault.again"] = "再送出一次",
}
