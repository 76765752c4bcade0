return {
  ["switch.title"] = "Are you well?",
  ["switch.text"] = "Say so, and the message waits on.",
  ["switch.button"] = "I am well",
  ["switch.done"] = "Thank you. You will be asked again in a month.",
  ["switch.switch_ask_subject"] = "Are you well?",
  ["switch.switch_tell_subject"] = "A message that was to reach you",
}
