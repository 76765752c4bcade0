-- 0006: what is to be done later, or again: the jobs of a site (scripts/job).  A row is deleted once it is done.

CREATE TABLE job (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  name        TEXT    NOT NULL,
  only_one    TEXT,             -- of a name there is one row with it
  state       TEXT    NOT NULL CHECK (state IN ('waiting', 'failed')),
  at          INTEGER NOT NULL, -- when it was to be done first
  next_at     INTEGER NOT NULL,
  attempts    INTEGER NOT NULL, -- that were begun
  lapses      INTEGER NOT NULL, -- … and whose end nobody told
  lease_owner TEXT,
  token       TEXT    NOT NULL,
  sealed      BLOB    NOT NULL, -- its arguments
  why         TEXT,             -- it failed last
  UNIQUE (name, only_one)
) STRICT;

CREATE INDEX job_due ON job (name, state, next_at);

CREATE INDEX job_state ON job (state, next_at);
