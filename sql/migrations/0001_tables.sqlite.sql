-- 0001: every table there is, so that nothing sealed has to be rewritten later.
--
-- STRICT, because a column of another affinity would turn the text '00123' into 123; hashes
-- and sealed values are BLOBs.  AUTOINCREMENT where a deleted row's number may still be known
-- somewhere (an admin's note, the mail log): it must never name another row.
-- All times are unix seconds.

CREATE TABLE capsule (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  key_hash    BLOB    NOT NULL UNIQUE CHECK (length(key_hash) = 32),
  opens_at    INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  disabled_at INTEGER,
  note        BLOB,             -- sealed
  body        BLOB    NOT NULL, -- sealed
  version     INTEGER NOT NULL  -- of the sealed format
) STRICT;

-- One row for each letter that a capsule is owed.
CREATE TABLE reminder (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  capsule_id      INTEGER NOT NULL REFERENCES capsule (id) ON DELETE CASCADE,
  letter          TEXT    NOT NULL,
  due_at          INTEGER NOT NULL,
  state           TEXT    NOT NULL
                  CHECK (state IN ('unconfirmed', 'pending', 'sent', 'failed', 'cancelled')),
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  lease_owner     TEXT,
  lease_until     INTEGER,
  message_id      TEXT,
  sealed          BLOB,         -- NULL once wiped
  sent_at         INTEGER,
  UNIQUE (capsule_id, letter)
) STRICT;

-- What is due: state and time, in this order.
CREATE INDEX reminder_due ON reminder (state, next_attempt_at);

-- Consent is per address; addresses are known by a keyed hash alone.
CREATE TABLE mailbox (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  address_hash BLOB    NOT NULL UNIQUE CHECK (length(address_hash) = 32),
  state        TEXT    NOT NULL CHECK (state IN ('unconfirmed', 'confirmed', 'stopped')),
  last_mail_at INTEGER,
  created_at   INTEGER NOT NULL,
  confirmed_at INTEGER
) STRICT;

-- Every attempt to send; outlives the reminder that it speaks of.
CREATE TABLE mail_log (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  reminder_id INTEGER,
  at          INTEGER NOT NULL,
  outcome     TEXT    NOT NULL,
  text        TEXT    NOT NULL
) STRICT;

CREATE INDEX mail_log_at ON mail_log (at);

CREATE TABLE meta (
  name  TEXT NOT NULL PRIMARY KEY,
  value ANY  NOT NULL
) STRICT, WITHOUT ROWID;

-- The programs that work on this database.
CREATE TABLE node (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  name         TEXT    NOT NULL UNIQUE,
  heartbeat_at INTEGER NOT NULL,
  generation   INTEGER NOT NULL,
  version      TEXT    NOT NULL,
  started_at   INTEGER NOT NULL
) STRICT;
