-- The same table as in NUMBER_NAME.sqlite.sql.  MariaDB commits each statement by itself.
CREATE TABLE site_NAME (
  id  BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at  BIGINT NOT NULL -- unix seconds
) COLLATE = utf8mb4_nopad_bin;
