-- The same table as in NUMBER_NAME.mariadb.sql.
CREATE TABLE site_NAME (
  id  INTEGER PRIMARY KEY AUTOINCREMENT,
  at  BIGINT  NOT NULL -- unix seconds
);
