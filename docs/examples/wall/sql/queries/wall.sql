-- name: site.wall_latest
SELECT id, sentence, at FROM site_wall ORDER BY id DESC LIMIT :count;

-- name: site.wall_add
INSERT INTO site_wall (sentence, at) VALUES (:sentence, :at);

-- name: site.wall_remove
DELETE FROM site_wall WHERE id = :id;

-- name: site.wall_forget
DELETE FROM site_wall WHERE at < :before;
