--- English, the language every other one is measured against: a key that is here and not
--- in a neighbouring file (or the other way round) stops the load with file and line.
---
--- Keys are "section.name", a section being a page, a partial or a kind of text.
--- Values are plain text, never HTML: templates escape them.  `{name}` is filled in by
--- `t(key, { name = … })`.
return {
  -- Every page
  ["site.name"] = "Time Capsule",
  ["site.language"] = "English", -- what it calls itself
  ["site.tags"] = "en", -- tags that browsers ask for it by, beside its own
  ["site.complete"] = "yes", -- "no": what it lacks is said as another language says it
  ["site.direction"] = "ltr", -- how it is written: "ltr" or "rtl"
  ["site.sentences"] = "{first} {second}", -- how two sentences stand side by side
  ["site.summary"] = "Write a message, choose the moment it may be read, and keep the key.",
  ["site.card_alt"] = "A capsule in the earth, under a sun that is about to rise",
  ["site.skip"] = "Skip to the content",
  ["site.footer"] = "Words sealed today, read when their time has come.",

  ["nav.label"] = "Main",
  ["nav.home"] = "Home",
  ["nav.put"] = "Write a capsule",
  ["nav.open"] = "Open a capsule",
  ["nav.about"] = "About",
  ["nav.privacy"] = "Privacy",
  ["nav.gone"] = "What if this site disappears?",
  ["nav.contact"] = "Contact and imprint",
  ["nav.site"] = "About this site",
  ["nav.language"] = "Language",
  ["nav.next"] = "Where to next",

  ["form.optional"] = "optional",
  ["form.summary"] = "A few things need another look",
  ["form.count"] = "{count} of {max} characters",

  ["copy.button"] = "Copy the key",
  ["copy.link"] = "Copy the link",
  ["copy.content"] = "Copy the message",
  ["copy.sealed"] = "Copy the encrypted text",
  ["copy.done"] = "Copied.",
  ["copy.failed"] = "Your browser would not copy it. The text is selected: copy it by hand.",

  -- Moments: a pattern of the clock, how the zone is named beside it, and the tag by which a
  -- browser writes dates and numbers as this language does
  ["moment.pattern"] = "%-d %B %Y, %H:%M:%S",
  ["moment.months"] = "January February March April May June July August September October November December",
  ["moment.date"] = "%-d %B %Y",
  ["moment.text"] = "{moment} ({zone})",
  ["moment.zone"] = "{name}, UTC{offset}",
  ["moment.locale"] = "en-GB",
  ["span.year"] = "1 year",
  ["span.years"] = "{n} years",
  ["span.month"] = "1 month",
  ["span.months"] = "{n} months",
  ["span.day"] = "1 day",
  ["span.days"] = "{n} days",
  ["span.hour"] = "1 hour",
  ["span.hours"] = "{n} hours",
  ["span.minute"] = "a minute",
  ["span.minutes"] = "{n} minutes",

  -- Home
  ["home.title"] = "Words for a later day",
  ["home.lead"] = "Write a message, choose the moment it may be read, and keep the key."
    .. " Until that moment the key shows only a note you left; from that second on, it shows"
    .. " your words.",
  ["home.how"] = "How it works",
  ["home.step_write"] = "Write",
  ["home.step_write_text"] = "A letter, a promise, a guess about the future. Say when it may be read:"
    .. " in an hour, or in fifty years.",
  ["home.step_keep"] = "Keep the key",
  ["home.step_keep_text"] = "You get it once. Write it down, print it, or give it to the person"
    .. " it is meant for.",
  ["home.step_open"] = "Open",
  ["home.step_open_text"] = "When the day comes, enter the key and read.",
  ["home.step_open_reminder"] = "If you left an email address, a reminder tells you.",
  ["home.promise"] = "No account. No trackers. Nothing fetched from anyone else."
    .. " Writing and opening work without JavaScript; only a passphrase needs it.",
  ["home.more"] = "About time capsules: six questions",

  -- Put
  ["put.title"] = "Write a capsule",
  ["put.lead"] = "Take your time. For {minutes} minutes after sealing you can take it back; then nobody can change a"
    .. " word.",
  ["put.lead_final"] = "Take your time: once it is sealed, nobody can change a word of it.",
  ["put.failed_title"] = "Not sealed yet",
  ["put.failed_lead"] = "Nothing is lost. Correct what is marked, then seal it.",
  ["put.taken_back"] = "Taken back. The old key no longer works, and nothing is stored until you seal it again.",
  ["put.then_key"] = "You will then get a key, shown once. For {minutes} minutes you can take the capsule back.",
  ["put.code"] = "Your code",
  ["put.code_help"] = "Here only those who were given a code write capsules. Anybody may open them.",
  ["put.message"] = "The message",
  ["put.name"] = "From",
  ["put.name_help"] = "Shown when it opens.",
  ["put.to"] = "To",
  ["put.to_help"] = "Shown when it opens.",
  ["put.content"] = "What you want to say",
  ["put.content_help"] = "Up to {n} characters. Line breaks are kept.",
  ["put.when"] = "When it opens",
  ["put.time"] = "Opens on",
  ["put.time_help"] = "At most {years} years ahead.",
  ["put.tz"] = "Time zone",
  ["put.tz_help"] = "The opening time is read in this zone.",
  ["put.words"] = "{moment}. That is {distance} from now.",
  ["put.reading"] = "Which moment do you mean?",
  ["put.reading_browser"] = "{moment} (UTC), as your browser reads it",
  ["put.reading_server"] = "{moment} (UTC), as this server reads it",
  ["put.gap"] = "Clocks in this zone skip that time. Choose one before or after.",
  ["put.shortcuts"] = "Common moments",
  ["put.in_month"] = "In a month",
  ["put.in_year"] = "In a year",
  ["put.in_ten_years"] = "In ten years",
  ["put.next_birthday"] = "A birthday",
  ["put.birthday"] = "Date of birth",
  ["put.birthday_help"] = "It only finds the day here, and is not sent.",
  ["put.which_birthday"] = "Which birthday?",
  ["put.which_birthday_help"] = "18 for the eighteenth. Empty: the next one.",
  ["put.optional_parts"] = "If you like",
  ["put.note"] = "A note for those who come too early",
  ["put.note_line"] = "Shown to anyone with the key before the time.",
  ["put.note_help"] = "Up to {n} characters. If you leave it empty, a friendly sentence takes its place.",
  ["put.reminder"] = "An email when the time has come",
  ["put.reminder_line"] = "To one address, which is used for nothing else.",
  ["put.email"] = "Email address",
  ["put.email_help"] = "Yours, or that of the person it is for.",
  ["put.mail_to_files"] = "This site cannot send email. After sealing you can save a calendar reminder.",
  ["put.mail_key"] = "Send me the key in that email",
  ["put.mail_key_help"] = "Ticked: you can lose the key, but until sent, this server could open the capsule."
    .. " Unticked: keep it yourself.",
  ["put.submit"] = "Seal the capsule",
  ["put.sealing"] = "Sealing …",
  ["put.day_full"] = "As many capsules were sealed here today as this site takes in a day.",
  ["put.draft"] = "What you had written here is back.",
  ["put.draft_clear"] = "Start afresh",

  -- Put: done
  ["put_done.title"] = "Your capsule is sealed",
  ["put_done.lead"] = "Save this key now. It is shown only this once, and nobody can recover it.",
  ["put_done.lead_mailed"] = "Save this key now. It is shown only this once; after that only the reminder brings it.",
  ["put_done.opens"] = "Opens on",
  ["put_done.key"] = "The key of your capsule",
  ["put_done.copy_both"] = "Copy key and link",
  ["put_done.print"] = "Print a key card",
  ["put_done.card"] = "A time capsule waits for this key. When its moment has come, enter the key on the site where"
    .. " it was written. Nobody can replace this card.",
  ["put_done.glyphs"] = "Capital and small letters differ. Underlined characters are digits.",
  ["put_done.from"] = "From {name}",
  ["put_done.to"] = "To {name}",
  ["put_done.link"] = "A link that carries the key",
  ["put_done.link_help"] = "Whoever has this link can open the capsule: give it only to those it is for.",
  ["put_done.share"] = "Share",
  ["put_done.scan"] = "Scan it with another phone",
  ["put_done.qr_label"] = "QR code of the capsule key",
  ["put_done.mailed"] = "A reminder",
  ["put_done.mailed_with_key"] = "When the time has come, a reminder with the key goes to this address."
    .. " Until it has been sent, the server can open this capsule.",
  ["put_done.mailed_without_key"] = "When the time has come, a reminder without the key goes to this"
    .. " address. Keep the key yourself.",
  ["put_done.owed_with_key"] = "We first ask at this address whether reminders are welcome. Only after a yes does a"
    .. " reminder with the key go there when the time has come, so keep the key yourself too. Until then the server"
    .. " can open this capsule.",
  ["put_done.owed_without_key"] = "We first ask at this address whether reminders are welcome. Only after a yes does a"
    .. " reminder, without the key, go there when the time has come.",
  ["put_done.mail_to_files"] = "Email is not set up on this server, so the reminder will be written to a file there"
    .. " and will not reach you. Set your own, for example in your calendar.",
  ["put_done.file_with_key"] = "That file will hold the key; keep yours.",
  ["put_done.file_without_key"] = "The key will not be in it.",
  ["put_done.calendar"] = "Put it in your calendar",
  ["put_done.calendar_help"] = "A file for your calendar, with an alarm at the opening time.",
  ["put_done.calendar_submit"] = "Save a calendar entry",
  ["put_done.undo"] = "Second thoughts?",
  ["put_done.undo_help"] = "Until {time} you can take it back. The capsule is then deleted and"
    .. " what you wrote returns to the form.",
  ["put_done.undo_submit"] = "Take it back",

  ["try.title"] = "Try your key",
  ["try.help"] = "Type it from where you have noted it. It is compared on this page and sent nowhere.",
  ["try.key"] = "The key as you have it",
  ["try.submit"] = "Try it",
  ["try.right"] = "That is the key. You have it.",
  ["try.right_both"] = "That is the key, and that is the passphrase. You have both.",
  ["try.wrong"] = "That is not the key above. Capital and small letters differ.",
  ["try.no_passphrase"] = "That is the key. Now the passphrase, too: it takes both.",

  -- A page to keep in one's files
  ["keepsake.title"] = "Keep it in your files",
  ["keepsake.help"] = "One page with the key, the link, the opening time and how to open. Your message is not in it.",
  ["keepsake.submit"] = "Save a keepsake",
  ["keepsake.file_name"] = "time-capsule-key",
  ["keepsake.heading"] = "The key of a time capsule",
  ["keepsake.opens"] = "It opens on",
  ["keepsake.how"] = "How to open it",
  ["keepsake.how_link"] = "When the time has come, follow the link or scan the code: it carries the key.",
  ["keepsake.how_key"] = "Or go to the site where the capsule waits, choose “Open a capsule”, and enter the key.",
  ["keepsake.early"] = "Before that time the key shows only the note that was left.",
  ["keepsake.passphrase"] = "The message is locked with a passphrase too. It is not on this page.",
  ["keepsake.care"] = "Whoever has this page can open the capsule. Nobody can replace it: keep a copy.",

  -- Open
  ["open.title"] = "Open a capsule",
  ["open.lead"] = "Enter the key that came with it.",
  ["open.key"] = "Capsule key",
  ["open.key_help"] = "With or without dashes and spaces. Capital and small letters differ.",
  ["open.no_script"] = "Did you follow a link? Its key stands after the # sign in the address."
    .. " Copy it into the field.",
  ["open.submit"] = "Open it",
  ["open.again"] = "That page was emptied when you left it, so that nobody else reads it here. The key opens it"
    .. " again.",

  -- Open: not yet
  ["not_yet.title"] = "Not yet",
  ["not_yet.right"] = "Your key is right. The capsule opens on",
  ["not_yet.whole"] = "Your key is right. The capsule was checked just now and is whole. It opens on",
  ["not_yet.note"] = "A note was left for you",
  ["not_yet.default_note"] = "Its time has not come. Come back when it has; some things are better for the waiting.",
  ["not_yet.left"] = "Time left",
  ["not_yet.come"] = "Its time has come.",
  ["not_yet.open_now"] = "Open now",
  ["not_yet.look_again"] = "Check again",
  ["not_yet.advice"] = "Keep the key, and enter it again when the time comes.",

  -- Open: opened
  ["opened.eyebrow"] = "The time has come",
  ["opened.title"] = "A capsule, opened",
  ["opened.from"] = "From {name}",
  ["opened.to"] = "To {name}",
  ["opened.written"] = "Written {date} · sealed for {span}",
  ["opened.created"] = "Written on",
  ["opened.opens"] = "Sealed until",
  ["opened.back"] = "Write one back",
  ["opened.content"] = "The message",
  ["opened.print"] = "Print",
  ["opened.save"] = "Save as a file",
  ["opened.save_sealed"] = "Save the encrypted text",
  ["opened.file_name"] = "time-capsule",

  -- A message saved under its passphrase
  ["sealed_page.save"] = "Save as a sealed page",
  ["sealed_page.help"] = "One page for your files: it opens with the passphrase, without this site and without a"
    .. " network.",
  ["sealed_page.failed"] = "It could not be made just now. Try again when this site can be reached.",
  ["sealed_page.lead"] = "This message is locked with a passphrase. Enter it to read: everything happens on this page,"
    .. " and nothing is sent.",
  ["sealed_page.unavailable"] = "This browser does not decrypt in a file. Open the page with another one.",

  -- A passphrase: to put, to open
  ["seal.summary"] = "Lock it with a passphrase too",
  ["seal.line"] = "Then even whoever runs this site cannot read it.",
  ["seal.help"] = "Your browser encrypts the message before it is sent. The passphrase never"
    .. " leaves this page, and the server never sees your words.",
  ["seal.nobody"] = "Nobody can recover a passphrase: without it, what you wrote stays unreadable"
    .. " for ever, for you too.",
  ["seal.passphrase"] = "Passphrase",
  ["seal.again"] = "The same passphrase again",
  ["seal.show"] = "Show what is typed",
  ["seal.make"] = "Make one up for me",
  ["seal.make_help"] = "Seven English words, drawn at random in your browser. Write them down"
    .. " before you seal the capsule.",
  ["seal.made"] = "{words} words drawn at random: {bits} bits, far too many to guess. Write them down now.",
  ["seal.weak"] = "Weak: about {bits} bits. A few computers would guess it within days.",
  ["seal.fair"] = "Fair: about {bits} bits. It stops the curious, not somebody with many computers and years to spare.",
  ["seal.good"] = "Good: about {bits} bits, as far as a page can tell. It cannot know names,"
    .. " quotes, or what you use elsewhere.",
  ["seal.different"] = "The two passphrases differ.",
  ["seal.no_time"] = "Choose the opening time first: it is sealed into the encrypted message.",
  ["seal.other_time"] = "The encrypted message opens at another time than the one you chose."
    .. " Decrypt it here first, and it is encrypted anew for that time.",
  ["seal.safe"] = "Your message is safe in this form, encrypted with your passphrase.",
  ["seal.as_it_is"] = "You can seal the capsule as it is.",
  ["seal.show_text"] = "Show the encrypted text",
  ["seal.time_fixed"] = "This time is sealed into your encrypted message. To choose another, decrypt it first.",
  ["seal.locked"] = "To read or change the message, or to choose another opening time, decrypt it.",
  ["seal.unlock"] = "Read or change it",
  ["seal.working"] = "Working. This takes a moment on purpose: it makes guessing slow.",
  ["seal.passphrase_wrong"] = "This is not the passphrase. Capital and small letters and every space count.",
  ["seal.unavailable"] = "Browsers encrypt only on pages that come over https or from this very computer, and this one"
    .. " came over plain http. Open the site by its https address to use a passphrase.",
  ["seal.too_old"] = "This browser is too old to encrypt here. A newer one can.",
  ["seal.done"] = "The message is encrypted with your passphrase. To read it takes both, this key"
    .. " and the passphrase, and nobody can recover either.",
  ["unseal.title"] = "An encrypted message",
  ["unseal.note"] = "Whoever wrote this message encrypted it with a passphrase. Enter the one they gave"
    .. " you; it does not leave this page.",
  ["unseal.note_legacy"] = "This is an older capsule: its encryption is weaker than today's. Enter the"
    .. " passphrase that its author gave you; it does not leave this page.",
  ["unseal.ask"] = "No passphrase? Ask whoever left the capsule. Nobody else can recover it.",
  ["unseal.no_script"] = "To decrypt it here, switch JavaScript on. The encrypted text below is exactly"
    .. " as it was stored.",
  ["unseal.submit"] = "Decrypt",
  ["unseal.opened"] = "Decrypted.",
  ["unseal.agrees"] = "Decrypted. It is unchanged, and the opening time sealed inside is the one this server kept.",
  ["unseal.differs"] = "Beware: the message was sealed to open at {sealed}, but this server gave"
    .. " it out for {served}. Somebody has changed the time.",
  ["unseal.damaged"] = "The message is damaged, or somebody has changed it. It cannot be opened"
    .. " as it stands here, with any passphrase.",
  ["unseal.failed"] = "This did not open it. The passphrase is another one, or the message is"
    .. " damaged; the old format cannot tell which. Every character counts, spaces too.",
  ["unseal.weak"] = "Decrypted. The old format is weak: nothing proves that this is complete and unchanged.",
  ["unseal.openssl"] = "Decrypted. OpenSSL wrote this, with {options}. Its format is weak: nothing"
    .. " proves that this is complete and unchanged.",
  ["unseal.layer"] = "One layer is open, and the message was encrypted once more below it. Enter the other passphrase.",
  ["unseal.unavailable"] = "Browsers decrypt only on pages that come over https or from this very computer, and this"
    .. " one came over plain http. Open the site by its https address to decrypt the message.",

  -- Introduce: six questions
  ["introduce.title"] = "About time capsules",
  ["introduce.lead"] = "Six questions people ask, and honest answers.",
  ["introduce.what"] = "What is a time capsule?",
  ["introduce.what_1"] = "A message that waits. You write it today and choose the moment from which it"
    .. " may be read: next week, a birthday, the day a child turns eighteen.",
  ["introduce.what_2"] = "In return you get a key of letters and digits. Before the opening time"
    .. " the key shows only the note you left. From that second on, it shows your message,"
    .. " to anyone who holds the key, as often as they like.",
  ["introduce.have_key"] = "I have a key. What now?",
  ["introduce.have_key_1"] = "Go to “Open a capsule” and enter it, with or without the dashes."
    .. " Capital and small letters differ.",
  ["introduce.have_key_2"] = "If it is too early, you see the note and the moment to come back. If nothing is found,"
    .. " look again at the glyphs that are easily confused: 0, O and o; 1, l and I.",
  ["introduce.mailbox"] = "What is the email address for?",
  ["introduce.mailbox_1"] = "Only for one thing: when the time has come, an email reminds you. It is optional, and"
    .. " the address is used for nothing else.",
  ["introduce.mailbox_2"] = "The reminder carries the key unless you untick that. That is handy if you"
    .. " lose yours, but until the reminder has been sent the server can open the capsule.",
  ["introduce.leave"] = "How do I write one?",
  ["introduce.leave_1"] = "Go to “Write a capsule”. Say whom it is from, write your message, and choose the day, the"
    .. " time and the time zone. You can add a note for those who come too early and an email address for the"
    .. " reminder.",
  ["introduce.leave_2"] = "Then keep the key safe. It is shown once, and nobody can look it up for you afterwards.",
  ["introduce.leave_passphrase"] = "If the message is for somebody who shares a secret with you, encrypt it with a"
    .. " passphrase: your browser does that before it sends anything, so that even who runs the server"
    .. " cannot read it. Nobody can recover a passphrase.",
  ["introduce.delete"] = "Can I delete one?",
  ["introduce.delete_1"] = "For {minutes} minutes, yes: the page that shows the key has a button to take the"
    .. " capsule back. What you wrote returns to the form.",
  ["introduce.delete_2"] = "After that, no. A capsule that could be dug up and changed would be no capsule."
    .. " So choose your words as you would for a letter that has been posted.",
  ["introduce.delete_never"] = "No. A capsule that could be dug up and changed would be no capsule."
    .. " So choose your words as you would for a letter that has been posted.",
  ["introduce.privacy"] = "What about privacy?",
  ["introduce.privacy_lead"] = "What you write is stored sealed, under its own key, which is not stored. Your visit"
    .. " is yours: there are no accounts, no trackers and no requests to third parties.",

  -- Error pages
  ["fault.kept"] = "What you typed is still in the form when you go back.",
  ["fault.request_id"] = "If you write to the person who runs this server, name this number:",
  ["fault.key_help"] = "Before you give up on a key",
  ["fault.key_ask"] = "Still nothing? Ask whoever gave you the key: a character may be missing, or the capsule"
    .. " was taken back.",
  ["fault.key_case"] = "Capital and small letters differ: a and A are two different letters.",
  ["fault.key_zero"] = "0 is the digit zero, O the capital letter, o the small one.",
  ["fault.key_one"] = "1 is the digit one, l the small letter L, I the capital letter i.",
  ["fault.key_dashes"] = "Dashes and spaces do not matter. Every other character does.",

  -- What is wrong with a field
  ["error.name_missing"] = "Say whom it is from.",
  ["error.name_long"] = "“From” has {count} characters; at most {max} fit.",
  ["error.name_control"] = "“From” is one line, without control characters.",
  ["error.to_missing"] = "Say whom it is for.",
  ["error.to_long"] = "“To” has {count} characters; at most {max} fit.",
  ["error.to_control"] = "“To” is one line, without control characters.",
  ["error.content_missing"] = "Write a message.",
  ["error.content_long"] = "The message has {count} characters; at most {max} fit.",
  ["error.sealed_long"] = "The encrypted message has {count} bytes; at most {max} fit.",
  ["error.sealed_bad"] = "A message that begins with “TC2.” counts as encrypted, and this one is not whole."
    .. " Begin with another word, or encrypt it again.",
  ["error.sealed_time"] = "The message was encrypted for {sealed}, but the capsule is to open at"
    .. " {chosen} ({zone}). Choose that time again, or decrypt the message and seal it anew. If you"
    .. " changed nothing, your browser and this server know different rules for the zone: choose UTC.",
  ["error.note_missing"] = "Write a note for those who come too early.",
  ["error.note_long"] = "The note has {count} characters; at most {max} fit.",
  ["error.email_missing"] = "Enter an email address.",
  ["error.email_long"] = "The email address is longer than 254 bytes.",
  ["error.email_bad"] = "This is not an email address. Enter one such as name@example.org.",
  ["error.code_missing"] = "Enter the code that whoever runs this site has given you.",
  ["error.code_long"] = "No code is that long; at most {max} characters fit.",
  ["error.code_control"] = "A code is one line of text.",
  ["error.code_wrong"] = "This code is not one of this site's. Ask whoever runs it.",
  ["error.not_shown"] = "It is far too long to be shown here again; your browser's “back” may still have it.",
  ["error.email_full"] = "Already {max} letters wait for this address here, and more are not taken. Leave the"
    .. " address out, or enter another.",
  ["error.time_missing"] = "Choose the opening time.",
  ["error.time_bad"] = "This is no date and time. Write it like 2031-01-01 08:00.",
  ["error.time_differs"] = "Your browser reads this time as {browser} (UTC), this server as {server} (UTC):"
    .. " one of them does not know yet what has changed in {zone}. Choose which moment you mean.",
  ["error.time_gap"] = "Clocks in {zone} skip this time: they go from {before} to {after}."
    .. " Choose a time before or after.",
  ["error.time_past"] = "This moment has passed. Choose a later one.",
  ["error.time_far"] = "This is too far away. Choose a moment within {years} years.",
  ["error.tz_bad"] = "There is no such time zone.",
  ["error.field_missing"] = "Fill in: {label}.",
  ["error.field_long"] = "{label}: {count} characters; at most {max} fit.",
  ["error.field_control"] = "{label}: one line, without control characters.",
  ["error.text_bad"] = "This is not valid text (a NUL, or bytes that are not UTF-8).",
  ["error.opens_at_bad"] = "Give RFC 3339 text such as 2030-01-02T03:04:05Z, or whole unix seconds.",
  ["error.key_missing"] = "Give the capsule key as text.",
  ["error.not_text"] = "This must be text.",
  ["error.not_boolean"] = "This must be true or false.",
  ["error.unknown"] = "There is no such member.",

  -- Statuses: a title, what happened, what to do
  ["status.400_title"] = "That was not understood",
  ["status.400_message"] = "The request was not in order.",
  ["status.400_advice"] = "Go back, reload the page and try again.",
  ["status.403_title"] = "Not allowed",
  ["status.403_message"] = "This is not open to you.",
  ["status.403_advice"] = "Start again from the home page.",
  ["status.foreign_title"] = "Nothing was done.",
  ["status.foreign"] = "A page of another site sent this in your name. Open this site and send it from here.",
  ["status.stale"] = "This form is too old, or another page sent it. Open its page again and send it from there.",
  ["status.404_title"] = "Not found",
  ["status.404_message"] = "There is no such page.",
  ["status.404_advice"] = "Look at the address again, or start from the home page.",
  ["status.405_title"] = "This does not work here",
  ["status.405_message"] = "This page does not take that kind of request.",
  ["status.405_advice"] = "Start again from the home page.",
  ["status.409_title"] = "No longer possible",
  ["status.409_message"] = "Things have changed meanwhile.",
  ["status.409_advice"] = "Nothing was changed.",
  ["status.413_title"] = "Too long",
  ["status.413_message"] = "What was sent is larger than this server takes.",
  ["status.413_advice"] = "Go back, shorten it, and send it again.",
  ["status.415_title"] = "Unknown format",
  ["status.415_message"] = "What was sent is in a format that is not read here.",
  ["status.415_advice"] = "Go back and use the form.",
  ["status.422_title"] = "Not accepted",
  ["status.422_message"] = "Some of what was sent needs another look.",
  ["status.422_advice"] = "Go back, look at what you typed, and send it again.",
  ["status.429_title"] = "Too many attempts",
  ["status.429_message"] = "There were too many requests in a short time.",
  ["status.429_advice"] = "Wait a minute and try again.",
  ["status.500_title"] = "Something broke",
  ["status.500_message"] = "The fault is ours, not yours. It has been written down.",
  ["status.500_advice"] = "Try again later.",
  ["status.503_title"] = "Not available right now",
  ["status.503_message"] = "The server cannot answer right now.",
  ["status.503_advice"] = "Try again in a few seconds, or later if it stays so.",
  ["status.no_capsule"] = "No capsule opens with this key.",

  -- API
  ["api.want_json"] = "Send application/json.",
  ["api.want_object"] = "The body must be one JSON object in UTF-8.",
  ["api.too_much"] = "The object has more than {max} members, or is nested too deeply.",
  ["api.idempotency_key"] = "Idempotency-Key must be 1 to 255 visible ASCII characters.",
  ["api.not_yet"] = "This capsule is still sealed.",

  -- Taking back, calendar
  ["undo.too_late_title"] = "It is too late to take it back.",
  ["undo.too_late"] = "Your capsule stays safely sealed, and your key opens it when its time comes, unless it was taken"
    .. " back before.",
  ["calendar.summary"] = "A time capsule opens",
  ["calendar.description"] = "The capsule may now be opened with the key {key}",
  ["calendar.description_link"] = "The capsule may now be opened with the key {key}, or at {link}",
}
