--- A capsule that many write into; see ../en.lua for the rules.
return {
  -- What is wrong with what was asked for
  ["error.gather_bad"] = "Give an object with “until” and “most”, or with one of them, or an empty one.",
  ["error.gather_off"] = "No capsule takes letters of others here.",
  ["error.gather_until_bad"] = "This is no date and time. Write it like 2031-01-01 08:00, or leave it empty.",
  ["error.gather_past"] = "The last moment for letters has passed. Choose a later one.",
  ["error.gather_late"] = "The last moment for letters cannot be later than the opening.",
  ["error.gather_most"] = "Give a number of letters from 1 to {max}.",
  ["error.gather_sealed"] = "A passphrase would lock your message and none of the others' letters. Leave it out, or"
    .. " let nobody add letters.",

  -- Adding a letter
  ["add.unknown"] = "No capsule takes letters under this code.",
  ["add.closed"] = "This capsule takes no more letters: its last moment for them has passed.",
  ["add.full"] = "This capsule is full: it has as many letters as it takes.",
}
