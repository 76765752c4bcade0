-- 0005: capsules that many write into.  A capsule with a gathering has version 3; docs/encryption.md has what is
-- sealed.

CREATE TABLE gathering (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  capsule_id INTEGER NOT NULL UNIQUE REFERENCES capsule (id) ON DELETE CASCADE,
  code_hash  BLOB    NOT NULL UNIQUE CHECK (length(code_hash) = 32),
  public_key BLOB    NOT NULL CHECK (length(public_key) = 32), -- letters are sealed for it
  closes_at  INTEGER NOT NULL,
  most       INTEGER NOT NULL,
  title      BLOB    NOT NULL,            -- sealed
  turn       INTEGER NOT NULL DEFAULT 0   -- who adds a letter changes it first: others wait for their turn
) STRICT;

CREATE TABLE gathering_letter (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  gathering_id INTEGER NOT NULL REFERENCES gathering (id) ON DELETE CASCADE,
  mark         BLOB    NOT NULL UNIQUE CHECK (length(mark) = 32), -- of the post: the same one again is no other letter
  created_at   INTEGER NOT NULL,
  body         BLOB    NOT NULL           -- sealed
) STRICT;

CREATE INDEX gathering_letter_order ON gathering_letter (gathering_id, created_at, id);
