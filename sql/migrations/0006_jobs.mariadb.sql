-- 0006: the twin of 0006_jobs.sqlite.sql, which says what is what.

CREATE TABLE job (
  id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name        VARCHAR(64)  NOT NULL,
  only_one    VARCHAR(100) NULL,
  state       VARCHAR(16)  NOT NULL CHECK (state IN ('waiting', 'failed')),
  at          BIGINT       NOT NULL,
  next_at     BIGINT       NOT NULL,
  attempts    INT          NOT NULL,
  lapses      INT          NOT NULL,
  lease_owner VARCHAR(64)  NULL,
  token       VARCHAR(64)  NOT NULL,
  sealed      MEDIUMBLOB   NOT NULL,
  why         TEXT         NULL,
  UNIQUE KEY job_only_one (name, only_one),
  KEY job_due (name, state, next_at),
  KEY job_state (state, next_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
