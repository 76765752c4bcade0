-- 0002: which mailbox a waiting letter is for, so that stopping an address finds its letters, and
-- how many letters an address had on a day.  The link goes with the letter: a row that was sent,
-- has failed or was cancelled names no mailbox any more.

ALTER TABLE reminder ADD COLUMN mailbox_id INTEGER REFERENCES mailbox (id);

CREATE INDEX reminder_mailbox ON reminder (mailbox_id);

-- A day is unix seconds / 86400.
ALTER TABLE mailbox ADD COLUMN mail_day INTEGER NOT NULL DEFAULT 0;

ALTER TABLE mailbox ADD COLUMN mails INTEGER NOT NULL DEFAULT 0;
