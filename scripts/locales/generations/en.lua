--- English: the admin's page of generations.
return {
  ["admin.nav_generations"] = "Generations",

  ["generations.title"] = "Generations",
  ["generations.lead"] = "Everything that is read from scripts, templates, static files, statements"
    .. " and settings at one moment"
    .. " is a generation. A reload makes the next one of the files as they are now.",
  ["generations.runs"] = "What runs",
  ["generations.current"] = "Generation {number}",
  ["generations.files_of"] = "(the files of generation {number})",
  ["generations.live"] = "Live: {count}, {size} MB in all.",
  ["generations.busy"] = "Something is being built or switched just now.",
  ["generations.waits"] = "It waits for worker {worker} to turn, for {seconds} s by now.",
  ["generations.trial"] = "Generation {number} is on trial: unless you keep it, generation {before}"
    .. " serves again in {seconds} s.",
  ["generations.preview"] = "Generation {number} is in preview for {seconds} s more. Only the"
    .. " browser that follows its link sees it.",
  ["generations.followed"] = "Its link has been followed.",
  ["generations.doubted"] = "A generation was on trial and nobody kept it. Until a reload is good,"
    .. " a start of the server takes"
    .. " generation {number} and not the files.",
  ["generations.differ"] = "What the files would change",
  ["generations.change"] = "Change",
  ["generations.file"] = "File or setting",
  ["generations.file_added"] = "added",
  ["generations.file_changed"] = "changed",
  ["generations.file_removed"] = "removed",
  ["generations.more"] = "And {count} more.",
  ["generations.same"] = "Nothing: the files are those of the generation that runs.",
  ["generations.unreadable"] = "The files cannot be read:",
  ["generations.restart"] = "A restart takes the files as they are then, with these changes; where"
    .. " they do not load, the stored generation that was good last.",
  ["generations.restart_back"] = "You have gone back, and the files on disk have not: a restart takes"
    .. " them again. Mend them before the next one.",
  ["generations.failed_before"] = "Before you went back a reload of the files had failed. They have these"
    .. " faults still, unless they were mended since:",
  ["generations.failed"] = "The last reload failed:",
  ["generations.start_failed"] = "The files had faults at the start, and the stored generation that was good last"
    .. " serves:",
  ["generations.start_failed_before"] = "At the start, before you went back, the files had faults. They have them"
    .. " still, unless they were mended since:",
  ["generations.stored"] = "Stored generations",
  ["generations.number"] = "Number",
  ["generations.digest"] = "Digest",
  ["generations.at"] = "Stored at",
  ["generations.damaged"] = "damaged",
  ["generations.who"] = "Who did what",
  ["generations.acts_unknown"] = "It cannot be told now:",
  ["generations.answer"] = "What the server says",
  ["generations.link"] = "This link leads one browser to the candidate, once. What is written there"
    .. " goes to the live database.",

  ["generations.do_preview"] = "Preview",
  ["generations.help_preview"] = "Builds it for one browser; everybody else is served as before.",
  ["generations.try"] = "Go back after",
  ["generations.seconds"] = "seconds",
  ["generations.do_confirm"] = "Reload on trial",
  ["generations.help_confirm"] = "Serves it to everybody, and goes back by itself unless you keep it.",
  ["generations.do_reload"] = "Reload",
  ["generations.help_reload"] = "Serves it to everybody, for good.",
  ["generations.do_rollback"] = "Roll back",
  ["generations.help_rollback"] = "Goes back to the stored generation {number} ({digest}) of {at}.",
  ["generations.leaves_good"] = "The faults have changed nothing: generation {number} is the good one, and"
    .. " this leaves it.",
  ["generations.no_previous"] = "No generation is stored that one could go back to.",
  ["generations.accept"] = "Keep generation {number}",
  ["generations.accept_trial"] = "Keep it on trial",
  ["generations.discard"] = "Drop it",
  ["generations.go_back"] = "Go back now",

  ["generations.did_reload"] = "Generation {number} serves now.",
  ["generations.did_confirm"] = "Generation {number} serves now, on trial. Look whether all is well, then keep it.",
  ["generations.did_preview"] = "Generation {number} is in preview.",
  ["generations.did_accept"] = "Generation {number} is kept, and serves.",
  ["generations.did_discard"] = "Dropped. Generation {number} serves.",
  ["generations.did_rollback"] = "Gone back: generation {number} serves now.",
  ["generations.unchanged"] = "Nothing to do: the files are those of generation {number}, which serves.",
  ["generations.conflict"] = "Nothing was done: somebody else was faster, or there is something to"
    .. " decide first. Look at what"
    .. " is so now, then decide.",
  ["generations.malformed"] = "Nothing was done: this form was not understood. Load the page again.",
  ["generations.slow"] = "It takes longer than a page may wait. It goes on: look again in a moment."
    .. " What comes of it is a line of its own then.",

  ["audit.act_generations_reload"] = "reloaded",
  ["audit.act_generations_confirm"] = "reloaded on trial",
  ["audit.act_generations_preview"] = "began a preview",
  ["audit.act_generations_accept"] = "kept a generation",
  ["audit.act_generations_discard"] = "dropped a generation",
  ["audit.act_generations_rollback"] = "rolled back",

  ["preview.name"] = "Preview",
  ["preview.who"] = "This is generation {generation}, and this browser alone sees it.",
  ["preview.live"] = "What you write or delete here is real: it goes to the live database.",
  ["preview.leave"] = "Leave the preview",
}
