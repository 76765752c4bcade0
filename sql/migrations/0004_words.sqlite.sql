-- 0004: when an address said its yes or no, so that the latest of its words counts whatever it was
-- known by; and attempts are found by their letter.

ALTER TABLE mailbox ADD COLUMN said_at INTEGER;

CREATE INDEX mail_log_reminder ON mail_log (reminder_id);
