return {
  ["wall.title"] = "The wall",
  ["wall.sentence"] = "One sentence",
  ["wall.email"] = "Your address, for a word of thanks",
  ["wall.submit"] = "Leave it here",
  ["wall.bad_sentence"] = "Write one line of at most 200 characters.",
  ["wall.bad_email"] = "This is not an email address.",
  ["wall.letter_subject"] = "Thank you",
  ["wall.letter_text"] = "Your sentence is on the wall of {site}.",
}
