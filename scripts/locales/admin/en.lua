--- English: the admin's pages.  Further parts of a language lie in folders like this one.
return {
  -- The frame
  ["admin.name"] = "Time Capsule admin",
  ["admin.who"] = "Signed in as {name}",
  ["admin.who_reads"] = "Signed in as {name}, who may look and change nothing",
  ["admin.sign_out"] = "Sign out",
  ["admin.zone"] = "All times are those of {zone}.",
  ["admin.back"] = "To the overview",
  ["admin.away"] = "This page cannot be shown now:",

  ["admin.nav_audit"] = "Audit",

  -- Signing in
  ["sign_in.title"] = "Sign in",
  ["sign_in.token"] = "Token",
  ["sign_in.help"] = "On the server this command makes one:",
  ["sign_in.linked"] = "You have followed a link that is good once.",
  ["sign_in.submit"] = "Sign in",
  ["sign_in.wrong"] = "There is no such token, or it was revoked.",
  ["sign_in.used"] = "This link has been used, or is older than an hour. Sign in with the token itself.",
  ["sign_in.needed"] = "Sign in first.",
  ["sign_in.reader"] = "You may look at everything and change nothing: your token is a reader's.",
  ["sign_in.stale"] = "Nothing was done: this form is of an earlier session. Load the page again, then repeat it.",

  -- Audit
  ["audit.title"] = "Audit",
  ["audit.lead"] = "What admins did, by a page, a command or a signal; kept for a year.",
  ["audit.at"] = "When",
  ["audit.who"] = "Who",
  ["audit.act"] = "What",
  ["audit.detail"] = "To what",
  ["audit.outcome"] = "Outcome",
  ["audit.done"] = "done",
  ["audit.older"] = "Earlier ones",
  ["audit.none"] = "Nobody has done anything yet.",
  ["audit.via_page"] = "page",
  ["audit.via_command"] = "command",
  ["audit.via_signal"] = "signal",
  ["audit.act_sign_in"] = "signed in",
  ["audit.act_token_make"] = "made a token",
  ["audit.act_token_revoke"] = "revoked a token",
}
