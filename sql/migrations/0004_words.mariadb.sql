-- 0004: the twin of 0004_words.sqlite.sql, which says what is what.

ALTER TABLE mailbox ADD COLUMN said_at BIGINT NULL;

ALTER TABLE mail_log ADD KEY mail_log_reminder (reminder_id);
