--- What letters say, and the pages that speak of them; see ../en.lua for the rules.
return {
  -- Letters.  None of them says a word that a visitor typed.
  ["mail.subject_opened"] = "A time capsule has opened",
  ["mail.subject_waiting"] = "A time capsule is waiting",
  ["mail.opened"] = "The time has come. A time capsule opened on",
  ["mail.opens"] = "A time capsule is waiting. It opens on",
  ["mail.put"] = "It was written on {time}.",
  ["mail.key"] = "Its key, which shows the message to whoever has it:",
  ["mail.link"] = "Or follow this link, which carries the key:",
  ["mail.open"] = "Open the capsule",
  ["mail.no_key"] = "The key is not in this letter: whoever wrote the capsule kept it out. Enter it to read the"
    .. " message.",
  ["mail.place"] = "This is the place:",
  ["mail.why"] = "You get this letter because your email address was given when the capsule was written.",
  ["mail.choice"] = "To get no more of them, or to allow them:",
  ["mail.choice_link"] = "No more of them?",
  ["mail.stop_code"] = "To get no more of them, open the page /confirm of the site and enter this code:",
  ["mail.late"] = "This letter is late: it was due at {time}.",
  ["mail.canary_subject"] = "Time Capsule: letters go out",
  ["mail.canary"] = "This is the letter that shows now and then that letters go out. It was made at {time}.",
  ["mail.canary_answer"] = "Follow this link to say that it has arrived:",
  ["mail.question_subject"] = "May a time capsule write to you?",
  ["mail.question"] = "Somebody, we hope it was you, wrote a time capsule and gave your email address for a"
    .. " reminder. It opens on {time}.",
  ["mail.question_choice"] = "Say here whether letters are welcome:",
  ["mail.question_link"] = "Say whether letters are welcome",
  ["mail.question_silence"] = "Without a yes you will get no reminder.",
  ["mail.trial_subject"] = "Time Capsule: mail works",
  ["mail.trial"] = "This letter was sent at {time} by the command that tries mail out. Reminders"
    .. " take the same way.",

  -- Confirm: letters to a mailbox
  ["reminder.title"] = "A letter when it opens",
  ["reminder.none"] = "No letter will announce the opening.",
  ["reminder.waiting"] = "When the time has come, a letter goes to {address}.",
  ["reminder.owed"] = "A letter goes to {address} only after a yes from there: our question waits in that mailbox.",
  ["reminder.ask"] = "Send the question again",
  ["reminder.add"] = "Have a letter sent",
  ["reminder.change"] = "Send it to another address",
  ["reminder.address"] = "Email address",
  ["reminder.set_submit"] = "Send it there",
  ["reminder.stop"] = "Send no letter",
  ["reminder.set"] = "Done. This is the new address.",
  ["reminder.asked"] = "The question is on its way, unless that mailbox was asked within the last day.",
  ["reminder.stopped"] = "Done. No letter will be sent for this capsule.",
  ["reminder.too_late_title"] = "It has opened.",
  ["reminder.too_late"] = "The time of this capsule has come: its key opens it now, and its letter is on its"
    .. " way or has arrived.",

  ["confirm.code_lead"] = "Letters from here carry a code. Enter it to say whether you want more of them.",
  ["confirm.code"] = "The code of the letter",
  ["confirm.code_submit"] = "Go on",
  ["confirm.title"] = "Reminders by email",
  ["confirm.lead"] = "Time Capsule keeps messages until a moment that their authors choose. Somebody, we hope it was"
    .. " you, wrote one here and gave the email address at which you received our link, for a reminder.",
  ["confirm.silence_no"] = "Without a yes, none is sent.",
  ["confirm.silence_yes"] = "If you do nothing, it is sent, unless you once said no.",
  ["confirm.change"] = "Changed your mind?",
  ["confirm.stop"] = "No emails from here",
  ["confirm.stop_help"] = "Reminders that wait are cancelled and wiped. The capsules stay, and their"
    .. " keys open them; a key that only a reminder carried is lost with it.",
  ["confirm.stop_submit"] = "No, never write to me",
  ["confirm.stopped"] = "No more emails will come to this address.",
  ["confirm.welcome"] = "Reminders are welcome",
  ["confirm.welcome_help"] = "You get an email when the time of a capsule has come for which this address was given.",
  ["confirm.welcome_again"] = "From now on you get an email when the time of a capsule has come for which this"
    .. " address was given. Reminders that were cancelled do not come back.",
  ["confirm.welcome_submit"] = "Yes, send me reminders",
  ["confirm.confirmed"] = "Reminders will be sent to this address.",
  ["confirm.bad_token"] = "This link is not complete, or not one of ours.",
  ["confirm.bad_token_advice"] = "Copy it whole from the email.",
}
