-- 0003: the twin of 0003_letters.sqlite.sql, which says what is what.

ALTER TABLE reminder ADD COLUMN ended_at BIGINT NULL;

ALTER TABLE mailbox ADD COLUMN cap_hash BINARY(32) NULL,
  ADD KEY mailbox_cap_hash (cap_hash);
