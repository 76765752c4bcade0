CREATE TABLE site_hello (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at BIGINT NOT NULL -- unix seconds
) COLLATE = utf8mb4_nopad_bin;
