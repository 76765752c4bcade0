--- Who this is for, and what is said of the site itself: privacy, contact, its end; see ../en.lua for the rules.
return {
  ["home.for"] = "Who it is for",
  ["home.for_child"] = "A parent",
  ["home.for_child_text"] = "“Dear Mia, today you took your first steps.” To be read on her eighteenth"
    .. " birthday.",
  ["home.for_self"] = "Yourself",
  ["home.for_self_text"] = "“This is what I am afraid of, and what I hope.” To be read in a year, to see"
    .. " what came of it.",
  ["home.for_friends"] = "Friends",
  ["home.for_friends_text"] = "“Where will we all live in ten years?” Each writes a guess; you open them"
    .. " together at the reunion.",
  ["privacy.title"] = "Privacy",
  ["privacy.lead"] = "What this site keeps of you, for how long, and who can read it.",
  ["privacy.kept"] = "What is kept",
  ["privacy.capsule"] = "What you write (from, to, message, note) is stored sealed under the key that you"
    .. " get. The key itself is not stored. Whoever steals the database alone can open nothing.",
  ["privacy.address"] = "An email address, if you give one, is stored sealed until the reminder has been"
    .. " sent, and then wiped. Of the address a fingerprint stays, so that a “never write to me” is"
    .. " remembered.",
  ["privacy.visit"] = "There are no accounts and no trackers, and your browser asks nobody but this site."
    .. " One cookie remembers your language if you choose one. Logs name no key, no text and no whole"
    .. " address of your device.",
  ["privacy.long"] = "For how long",
  ["privacy.forever"] = "Capsules are kept for as long as this site exists, also after they were opened. For"
    .. " {minutes} minutes you can take a new one back; then it is deleted at once.",
  ["privacy.forever_final"] = "Capsules are kept for as long as this site exists, also after they were"
    .. " opened.",
  ["privacy.backups"] = "Backups may hold a sealed copy for some time after something was deleted.",
  ["privacy.readers"] = "Who can read it",
  ["privacy.holder"] = "From its opening time on: whoever has the key. Before: nobody through this site,"
    .. " except for the note and the time.",
  ["privacy.operator"] = "Whoever runs this site could read a message at the moment it is sealed or opened,"
    .. " and, while a reminder that carries the key is waiting, that capsule. Not if you locked it with a"
    .. " passphrase: then only those who know it can.",
  ["privacy.rights"] = "Your rights",
  ["privacy.rights_text"] = "Whoever runs this site answers questions about data of yours and deletes a"
    .. " capsule if you prove with its key that it is yours.",
  ["privacy.more"] = "The exact words for experts stand in the program's documentation on security.",
  ["gone.title"] = "What if this site disappears?",
  ["gone.lead"] = "A capsule lives here and nowhere else. So plan for the day when here is gone.",
  ["gone.copy"] = "Keep a copy of what must not be lost",
  ["gone.copy_text"] = "A message that somebody has to read one day deserves a second place: a sealed"
    .. " envelope, a file with a person you trust. A capsule adds the surprise; the copy adds safety.",
  ["gone.key"] = "The key alone does not hold the message",
  ["gone.key_text"] = "Key, link and QR code open the capsule at this site. Without the site they open"
    .. " nothing, and nobody else has the text.",
  ["gone.notice"] = "If this site closes",
  ["gone.notice_text"] = "Its data can be moved: the program exports every capsule as it is, sealed, and"
    .. " another server with the same program opens it with the same key. Whoever runs this site should say"
    .. " so here before it closes.",
  ["gone.opened"] = "Once it has opened",
  ["gone.opened_text"] = "Save the message as a file or print it. A message under a passphrase can be saved"
    .. " as a page that opens itself without this site.",
  ["contact.title"] = "Contact and imprint",
  ["contact.unsaid"] = "Whoever runs this site has not said here how to be reached.",
  ["contact.operator"] = "Who runs this site",
  ["contact.contact"] = "Questions",
  ["contact.abuse"] = "Report abuse",
  ["contact.abuse_text"] = "For threats, hatred, or data of others in a capsule. Say where you got the key,"
    .. " and send it: without it nobody can find the capsule.",
}
