--- English: what visitors meet during maintenance.
return {
  ["maintenance.closed_title"] = "Closed for a while",
  ["maintenance.closed"] = "This site is being worked on. Capsules stay as they are, and nothing is lost.",
  ["maintenance.read_only_title"] = "Nothing can be sealed right now",
  ["maintenance.read_only"] = "This site is being worked on. Capsules open as ever, but nothing new is taken.",
  ["maintenance.back_at"] = "Come back at {time}.",
  ["maintenance.later"] = "Come back in a little while.",
  ["maintenance.kept"] = "{why} {back} What you typed is still here: leave this page open, and send it then.",
  ["fault.again"] = "Send it again",
}
