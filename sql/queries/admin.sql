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
SELECT id, role, name, made_at, used_at, revoked_at FROM admin_token ORDER BY id;

-- name: admin.token_of_hash
-- bytes: hash
SELECT id, role, name, used_at, sessions FROM admin_token WHERE hash = :hash AND revoked_at IS NULL;

-- name: admin.token_of_id
SELECT id, role, name, used_at, sessions FROM admin_token WHERE id = :id AND revoked_at IS NULL;

-- name: admin.token_of_link
-- bytes: link_hash
SELECT id, role, name, used_at, sessions FROM admin_token
WHERE link_hash = :link_hash AND link_until > :now AND revoked_at IS NULL;

-- A link is good once: whoever changes the row has it.
-- name: admin.token_use_link
-- bytes: link_hash
UPDATE admin_token SET link_hash = NULL, link_until = NULL WHERE id = :id AND link_hash = :link_hash;

-- name: admin.token_used
UPDATE admin_token SET used_at = :now WHERE id = :id;

-- Sessions up to that number are over; ending them again changes nothing.
-- name: admin.token_end_sessions
UPDATE admin_token SET sessions = :number + 1 WHERE id = :id AND sessions <= :number;

-- name: admin.token_revoke
UPDATE admin_token SET revoked_at = :now, link_hash = NULL, link_until = NULL
WHERE id = :id AND revoked_at IS NULL;

-- What admins did.  Nobody may know whether an act that was recorded is there: recording it again changes nothing.
-- name: admin.audit_note @sqlite
INSERT INTO audit (at, via, actor, act, detail, outcome, token)
VALUES (:at, :via, :actor, :act, :detail, :outcome, :token)
ON CONFLICT (token) DO NOTHING;

-- name: admin.audit_note @mariadb
INSERT INTO audit (at, via, actor, act, detail, outcome, token)
VALUES (:at, :via, :actor, :act, :detail, :outcome, :token)
ON DUPLICATE KEY UPDATE token = VALUES(token);

-- The latest first; `before` is a number that was shown last.
-- name: admin.audit
SELECT id, at, via, actor, act, detail, outcome FROM audit WHERE id < :before ORDER BY id DESC LIMIT :most;

-- name: admin.audit_forget
DELETE FROM audit WHERE at < :before;

-- name: admin.nodes
SELECT name, version, generation, digest, heartbeat_at, started_at, reloaded_at, reload_good, secrets,
  current_at
FROM node ORDER BY heartbeat_at DESC, name LIMIT 200;

-- name: admin.node_files
SELECT files FROM node WHERE name = :name;

-- name: admin.mailboxes
SELECT state, count(*) AS mailboxes FROM mailbox GROUP BY state;

-- Of a capsule, never what is in it.
-- name: admin.capsule
SELECT id, created_at, opens_at, disabled_at FROM capsule WHERE id = :id;

-- name: admin.capsule_of_key
-- bytes: key_hash
SELECT id, created_at, opens_at, disabled_at FROM capsule WHERE key_hash = :key_hash;

-- name: admin.letters_of
SELECT id, letter, state, due_at, attempts, sent_at FROM reminder WHERE capsule_id = :id ORDER BY id;

-- What was done to it before, the latest first; the detail begins with `capsule NUMBER:`.
-- name: admin.audit_of
SELECT at, via, actor, act, detail, outcome FROM audit
WHERE act LIKE 'capsules_%' AND (detail = :exactly OR detail LIKE :beginning)
ORDER BY id DESC LIMIT 20;

-- name: admin.capsules
SELECT max(id) AS latest FROM capsule;

-- name: admin.capsule_disable
UPDATE capsule SET disabled_at = :now WHERE id = :id AND disabled_at IS NULL;

-- name: admin.capsule_enable
UPDATE capsule SET disabled_at = NULL WHERE id = :id AND disabled_at IS NOT NULL;

-- name: admin.capsule_erase
DELETE FROM capsule WHERE id = :id;

-- Letters that wait, by the month (UTC) in which they are due.
-- name: admin.months @sqlite
SELECT strftime('%Y-%m', due_at, 'unixepoch') AS month, count(*) AS letters FROM reminder
WHERE state = 'pending' AND due_at > :now AND due_at <= :most GROUP BY month ORDER BY month;

-- name: admin.months @mariadb
SELECT DATE_FORMAT(DATE_ADD('1970-01-01', INTERVAL due_at SECOND), '%Y-%m') AS month, count(*) AS letters FROM reminder
WHERE state = 'pending' AND due_at > :now AND due_at <= :most GROUP BY month ORDER BY month;

-- What goes out next.
-- name: admin.waiting
SELECT id, capsule_id, letter, due_at, next_attempt_at, attempts FROM reminder
WHERE state = 'pending' ORDER BY next_attempt_at, id LIMIT :most;

-- Not one that somebody is sending right now.
-- name: admin.letter_cancel
UPDATE reminder
SET state = 'cancelled', sealed = NULL, mailbox_id = NULL, lease_owner = NULL, lease_until = NULL
WHERE id = :id AND state IN ('unconfirmed', 'pending', 'failed') AND (lease_owner IS NULL OR lease_until < :now);
-- What scripts/admin/maintenance.lua says: one row of the host's own table, which every node reads.
-- name: admin.maintenance
SELECT value FROM meta WHERE name = 'maintenance';

-- name: admin.maintenance_set
-- bytes: value
REPLACE INTO meta (name, value) VALUES ('maintenance', :value);

-- What was done about generations, by whomever.
-- name: admin.audit_of_generations
SELECT at, via, actor, act, detail, outcome FROM audit
WHERE act IN ('reload', 'rollback', 'upgrade', 'trial_lapsed', 'preview_lapsed', 'switch_left',
  'generations_reload', 'generations_confirm',
  'generations_preview', 'generations_accept', 'generations_discard', 'generations_rollback')
ORDER BY id DESC LIMIT :most;
