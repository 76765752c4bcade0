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

  ["add.title"] = "Add a letter to a capsule",
  ["add.lead"] = "Somebody lets others write into their capsule and has given you a code or a link. With it you can add"
    .. " a letter and read nothing.",
  ["add.code"] = "The code",
  ["add.code_help"] = "With or without dashes and spaces. Capital and small letters differ.",
  ["add.no_script"] = "Did you follow a link? Its code stands after the # sign in the address. Copy it into the field.",
  ["add.go_on"] = "Go on",
  ["add.unknown_advice"] = "Look at the code again: capital and small letters differ. If it is right, the capsule was"
    .. " taken back; ask whoever gave you the code.",
  ["add.failed_title"] = "Not added yet",
  ["add.of"] = "Begun by {name}.",
  ["add.opens"] = "It opens on {time}.",
  ["add.letters"] = "Letters so far: {n}.",
  ["add.closes"] = "It takes letters until {time}.",
  ["add.then"] = "When it opens, whoever has its key reads your letter with all the others. Until then nobody can.",
  ["add.then_undo"] = "For {minutes} minutes you can take it back.",
  ["add.submit"] = "Add the letter",
  ["add.taken_back"] = "Taken back. Your letter is deleted.",
  ["add.added_title"] = "Your letter is in",
  ["add.added_lead"] = "You need not keep anything: the key is with whoever began the capsule.",
  ["add.undo_help"] = "Until {time} you can take it back. The letter is then deleted; nobody can give it back to you.",
  ["add.undo_submit"] = "Take it back",
  ["add.another"] = "Add another letter",
  ["add.too_late"] = "Your letter stays in the capsule, unless it was taken back before.",

  -- Beginning
  ["gather.title"] = "Let others add letters",
  ["gather.line"] = "A class, a family, wedding guests: all letters open together.",
  ["gather.tick"] = "Let others add letters until …",
  ["gather.help"] = "You get a link to give to them. With it they add letters and read nothing. Your own message may"
    .. " then be empty. A passphrase cannot be used: it would lock your message alone.",
  ["gather.until"] = "Last moment for letters",
  ["gather.until_help"] = "Empty: until it opens.",
  ["gather.most"] = "How many letters at most",
  ["gather.most_help"] = "From 1 to {max}.",
  ["gather.link"] = "The link for the others",
  ["gather.link_help"] = "With it people can add a letter and read nothing.",
  ["gather.code"] = "Or the code by itself, for the page “Add a letter”:",
  ["gather.copy"] = "Copy it",
  ["gather.copy_code"] = "Copy the code",
  ["gather.qr_label"] = "QR code of the link for the others",

  -- What the pages about the site say of it
  ["privacy.letter"] = "A letter that you add to somebody's capsule is stored sealed under its key, with the name that"
    .. " you give, and is kept and deleted with it.",
  ["privacy.letter_undo"] = "For {minutes} minutes you can take it back.",
  ["introduce.leave_gather"] = "A class, a family or the guests of a wedding can fill one together: “Let others add"
    .. " letters” gives you a link for them. With it they add letters and read nothing; all letters open together.",

  -- Opened
  ["letters.title"] = "Letters of the others",
  ["letters.more_title"] = "More letters",
  ["letters.none"] = "Nobody has added one.",
  ["letters.unnamed"] = "Without a name",
  ["letters.more"] = "The next letters",
  ["letters.copy"] = "Copy all of it",
  ["letters.damaged"] = "Letters that cannot be read here: {n}. They were changed or damaged where they are stored.",

  -- The letter before it closes
  ["mail.closing_subject"] = "Letters in your time capsule so far: {n}",
  ["mail.closing"] = "Letters that others have added to your time capsule so far: {n}. The last moment for"
    .. " more is {time}.",
  ["mail.opens_then"] = "It opens on {time}.",
  ["mail.add_link"] = "This is the link for those who have not written yet. With it they can add a letter and read"
    .. " nothing:",

  -- Admins' pages
  ["capsules.gathering"] = "Letters of others",
  ["capsules.gathered"] = "{n} of at most {most}, until {time}",
}
