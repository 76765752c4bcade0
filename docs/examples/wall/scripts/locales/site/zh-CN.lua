return {
  ["wall.title"] = "留言墙",
  ["wall.sentence"] = "一句话",
  ["wall.email"] = "你的邮箱，用来道谢",
  ["wall.submit"] = "留在这里",
  ["wall.bad_sentence"] = "请写一行，最多 200 个字符。",
  ["wall.bad_email"] = "这不是邮箱地址。",
  ["wall.letter_subject"] = "谢谢你",
  ["wall.letter_text"] = "你的话已经在 {site} 的墙上了。",
}
