-- name: site.hello_count
SELECT COUNT(*) AS n FROM site_hello;

-- name: site.hello_add
INSERT INTO site_hello (at) VALUES (:now);
