CREATE TABLE site_wall (
  id       BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  sentence VARCHAR(200) NOT NULL,
  at       BIGINT       NOT NULL,
  KEY site_wall_at (at)
) COLLATE = utf8mb4_nopad_bin;
