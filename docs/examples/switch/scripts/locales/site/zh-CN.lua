return {
  ["switch.title"] = "你还好吗？",
  ["switch.text"] = "说一声，那封信就继续等待。",
  ["switch.button"] = "我很好",
  ["switch.done"] = "谢谢。一个月后会再问你。",
  ["switch.switch_ask_subject"] = "你还好吗？",
  ["switch.switch_tell_subject"] = "一封要交给你的信",
}
