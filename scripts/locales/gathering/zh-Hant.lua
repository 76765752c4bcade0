--- 大家一起寫的膠囊；規則見 ../en.lua。
return {
  ["error.gather_bad"] = "請給出一個物件，裡面有「until」和「most」，或只有其中一個，也可以是空的。",
  ["error.gather_off"] = "這裡的膠囊不收別人的信。",
  ["error.gather_until_bad"] = "這不是日期和時間。請寫成 2031-01-01 08:00 這樣，或者留空。",
  ["error.gather_past"] = "收信的最後時刻已經過去，請選一個更晚的時刻。",
  ["error.gather_late"] = "收信的最後時刻不能晚於開啟時間。",
  ["error.gather_most"] = "請填寫信的數目，從 1 到 {max}。",
  ["error.gather_sealed"] = "密語只能鎖住你的這一封，鎖不住別人的信。請去掉密語，或者不讓別人加信。",

  ["add.unknown"] = "沒有膠囊用這個邀請碼收信。",
  ["add.closed"] = "這個膠囊不再收信：收信的最後時刻已經過去。",
  ["add.full"] = "這個膠囊已經滿了：能收的信都收齊了。",
}
