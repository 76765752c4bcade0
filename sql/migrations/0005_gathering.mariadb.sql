-- 0005: the twin of 0005_gathering.sqlite.sql, which says what is what.

CREATE TABLE gathering (
  id         BIGINT     NOT NULL AUTO_INCREMENT PRIMARY KEY,
  capsule_id BIGINT     NOT NULL,
  code_hash  BINARY(32) NOT NULL,
  public_key BINARY(32) NOT NULL,
  closes_at  BIGINT     NOT NULL,
  most       INT        NOT NULL,
  title      BLOB       NOT NULL,
  turn       BIGINT     NOT NULL DEFAULT 0,
  UNIQUE KEY gathering_capsule (capsule_id),
  UNIQUE KEY gathering_code_hash (code_hash),
  CONSTRAINT gathering_capsule FOREIGN KEY (capsule_id) REFERENCES capsule (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE gathering_letter (
  id           BIGINT     NOT NULL AUTO_INCREMENT PRIMARY KEY,
  gathering_id BIGINT     NOT NULL,
  mark         BINARY(32) NOT NULL,
  created_at   BIGINT     NOT NULL,
  body         MEDIUMBLOB NOT NULL,
  UNIQUE KEY gathering_letter_mark (mark),
  KEY gathering_letter_order (gathering_id, created_at, id),
  CONSTRAINT gathering_letter_gathering FOREIGN KEY (gathering_id) REFERENCES gathering (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
