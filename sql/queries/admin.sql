-- Statements of scripts/admin.

-- The latest moment that a row tells: of the last capsules (ids of several hosts interleave), of the
-- last attempt at a letter.
-- name: admin.newest
SELECT max(at) AS at FROM (
  SELECT max(created_at) AS at
  FROM (SELECT created_at FROM capsule ORDER BY id DESC LIMIT 100) AS capsules
  UNION ALL
  SELECT max(at) FROM mail_log
) AS moments;
