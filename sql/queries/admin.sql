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

-- Tokens of the admin pages, known by their hashes alone.
-- name: admin.token_make
-- bytes: hash, link_hash
INSERT INTO admin_token (hash, role, name, made_at, link_hash, link_until)
VALUES (:hash, :role, :name, :now, :link_hash, :link_until);

-- name: admin.tokens
SELECT id, role, name, made_at, revoked_at FROM admin_token ORDER BY id;

-- name: admin.token_of_hash
-- bytes: hash
SELECT id, role, name FROM admin_token WHERE hash = :hash AND revoked_at IS NULL;

-- name: admin.token_of_id
SELECT id, role, name FROM admin_token WHERE id = :id AND revoked_at IS NULL;

-- name: admin.token_of_link
-- bytes: link_hash
SELECT id, role, name FROM admin_token
WHERE link_hash = :link_hash AND link_until > :now AND revoked_at IS NULL;

-- A link is good once: whoever changes the row has it.
-- name: admin.token_use_link
-- bytes: link_hash
UPDATE admin_token SET link_hash = NULL, link_until = NULL WHERE id = :id AND link_hash = :link_hash;

-- name: admin.token_revoke
UPDATE admin_token SET revoked_at = :now, link_hash = NULL, link_until = NULL
WHERE id = :id AND revoked_at IS NULL;

-- What admins did.
-- name: admin.audit_note
INSERT INTO audit (at, via, actor, act, detail, outcome) VALUES (:at, :via, :actor, :act, :detail, :outcome);

-- The latest first; `before` is a number that was shown last.
-- name: admin.audit
SELECT id, at, via, actor, act, detail, outcome FROM audit WHERE id < :before ORDER BY id DESC LIMIT :most;

-- name: admin.audit_forget
DELETE FROM audit WHERE at < :before;
