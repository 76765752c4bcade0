-- 0002: the twin of 0002_reminder_mailbox.sqlite.sql, which says what is what.

ALTER TABLE reminder ADD COLUMN mailbox_id BIGINT NULL,
  ADD KEY reminder_mailbox (mailbox_id),
  ADD CONSTRAINT reminder_mailbox FOREIGN KEY (mailbox_id) REFERENCES mailbox (id);

ALTER TABLE mailbox ADD COLUMN mail_day BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN mails INT NOT NULL DEFAULT 0;
