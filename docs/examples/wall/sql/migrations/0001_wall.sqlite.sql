CREATE TABLE site_wall (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  sentence TEXT    NOT NULL,
  at       BIGINT  NOT NULL
);
CREATE INDEX site_wall_at ON site_wall (at);
