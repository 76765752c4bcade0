--- English: pages of a candidate, which one browser sees.
return {
  ["preview.name"] = "Preview",
  ["preview.who"] = "This is generation {generation}, and this browser alone sees it.",
  ["preview.live"] = "What you write or delete here is real: it goes to the live database.",
  ["preview.leave"] = "Leave the preview",
}
