--- What the application counts, in words: every metric of the scripts, there from the start.
local metrics = require("host.metrics")

local M = {}

--- One series for each value of a label.
local function by(label, ...)
  local sets = {}
  for i, value in ipairs({ ... }) do
    sets[i] = { [label] = value }
  end
  return sets
end

local ALL = {
  { "tc_admin_sign_ins_total", "counter", "Tokens that were tried at the admin's pages.",
    by("outcome", "good", "wrong") },
  { "tc_canary_age_seconds", "gauge", "Seconds since the canary last wrote back; -1: never, or there is none." },
  { "tc_canary_alarm", "gauge", "1: no letter has reached the canary for two periods." },
  { "tc_capsules_not_found_total", "counter", "Keys that open nothing." },
  { "tc_capsules_not_yet_total", "counter", "Keys that were tried before their time." },
  { "tc_capsules_opened_total", "counter", "Capsules that were opened." },
  { "tc_capsules_put_total", "counter", "Capsules that were put." },
  { "tc_capsules_taken_back_total", "counter", "Capsules that were taken back." },
  { "tc_gathering_letters_added_total", "counter", "Letters that others added to capsules." },
  { "tc_gathering_letters_taken_back_total", "counter", "Those of them that their writers took back." },
  { "tc_gatherings_begun_total", "counter", "Capsules that take letters of others." },
  { "tc_jobs_total", "counter", "Attempts of a site's jobs, by what became of them.",
    by("outcome", "done", "later", "failed") },
  { "tc_mailbox_choices_total", "counter", "Answers to letters that ask.", by("choice", "confirm", "stop") },
  { "tc_ready", "gauge", "1: that part is in order, as /readyz says.", by("part", "database", "secret") },
  { "tc_reminder_changes_total", "counter", "Changes of a waiting reminder.", by("change", "set", "stop") },
  { "tc_reminder_send_seconds", "histogram", "Seconds that the mail server took for a letter." },
  { "tc_reminders", "gauge", "Letters by state.",
    by("state", "unconfirmed", "pending", "sent", "failed", "cancelled") },
  { "tc_reminders_failed_total", "counter", "Letters that were not taken.",
    by("kind", "temporary", "permanent", "auth", "policy", "io", "timeout", "state") },
  { "tc_reminders_oldest_overdue_seconds", "gauge", "Seconds that the oldest due letter has waited." },
  { "tc_reminders_paused", "gauge", "1: no letter is tried for a while, because none would be taken." },
  { "tc_reminders_sent_total", "counter", "Letters handed over to the mail server." },
  { "tc_reminders_trouble", "gauge", "1: why letters were refused last.", by("kind", "auth", "policy", "temporary") },
  { "tc_seal_failures_total", "counter", "Capsules whose stored row does not open: it was changed." },
  { "tc_site_faults_total", "counter", "Times that a site's own code failed, by where.", {} },
  { "tc_site_paused", "gauge", "1: that part of a site is not called for a while, because it failed.", {} },
}

--- While loading.
function M.describe()
  for _, measure in ipairs(ALL) do
    metrics.describe(table.unpack(measure, 1, 4))
  end
end

return M
