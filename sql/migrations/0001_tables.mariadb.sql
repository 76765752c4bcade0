-- 0001: every table there is, so that nothing sealed has to be rewritten later.
--
-- The twin of 0001_tables.sqlite.sql, which says what is what.  utf8mb4_bin, so that letters
-- which differ never compare equal.  MariaDB commits each of these statements by itself.
-- All times are unix seconds.

CREATE TABLE capsule (
  id          BIGINT     NOT NULL AUTO_INCREMENT PRIMARY KEY,
  key_hash    BINARY(32) NOT NULL,
  opens_at    BIGINT     NOT NULL,
  created_at  BIGINT     NOT NULL,
  disabled_at BIGINT     NULL,
  note        MEDIUMBLOB NULL,
  body        MEDIUMBLOB NOT NULL,
  version     INT        NOT NULL,
  UNIQUE KEY capsule_key_hash (key_hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE reminder (
  id              BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  capsule_id      BIGINT      NOT NULL,
  letter          VARCHAR(32) NOT NULL,
  due_at          BIGINT      NOT NULL,
  state           VARCHAR(16) NOT NULL
                  CHECK (state IN ('unconfirmed', 'pending', 'sent', 'failed', 'cancelled')),
  attempts        INT         NOT NULL DEFAULT 0,
  next_attempt_at BIGINT      NOT NULL,
  lease_owner     VARCHAR(64) NULL,
  lease_until     BIGINT      NULL,
  message_id      VARCHAR(255) NULL,
  sealed          MEDIUMBLOB  NULL,
  sent_at         BIGINT      NULL,
  UNIQUE KEY reminder_letter (capsule_id, letter),
  KEY reminder_due (state, next_attempt_at),
  FOREIGN KEY (capsule_id) REFERENCES capsule (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE mailbox (
  id           BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  address_hash BINARY(32)  NOT NULL,
  state        VARCHAR(16) NOT NULL
               CHECK (state IN ('unconfirmed', 'confirmed', 'stopped')),
  last_mail_at BIGINT      NULL,
  created_at   BIGINT      NOT NULL,
  confirmed_at BIGINT      NULL,
  UNIQUE KEY mailbox_address_hash (address_hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE mail_log (
  id          BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  reminder_id BIGINT      NULL,
  at          BIGINT      NOT NULL,
  outcome     VARCHAR(32) NOT NULL,
  text        TEXT        NOT NULL,
  KEY mail_log_at (at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE meta (
  name  VARCHAR(64)     NOT NULL PRIMARY KEY,
  value VARBINARY(4096) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE node (
  id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name         VARCHAR(255) NOT NULL,
  heartbeat_at BIGINT       NOT NULL,
  generation   BIGINT       NOT NULL,
  version      VARCHAR(64)  NOT NULL,
  started_at   BIGINT       NOT NULL,
  UNIQUE KEY node_name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
