-- Statements of scripts/job.  A row that waits is due at next_at; a lease moves that to its own end, so that whoever
-- dies with it leaves the row due again.

-- Where one of that name waits, or has failed, under the same words, this one takes its place; whoever is just doing
-- that one tells its end of a row that is not theirs any more.
-- name: job.add
-- bytes: sealed
INSERT INTO job (name, only_one, state, at, next_at, attempts, lapses, token, sealed)
VALUES (:name, :only_one, 'waiting', :at, :at, 0, 0, :token, :sealed)
ON CONFLICT (name, only_one) DO UPDATE SET state = 'waiting', at = excluded.at, next_at = excluded.at, attempts = 0,
  lapses = 0, lease_owner = NULL, token = excluded.token, sealed = excluded.sealed, why = NULL;

-- name: job.add @mariadb
-- bytes: sealed
INSERT INTO job (name, only_one, state, at, next_at, attempts, lapses, token, sealed)
VALUES (:name, :only_one, 'waiting', :at, :at, 0, 0, :token, :sealed)
ON DUPLICATE KEY UPDATE state = 'waiting', at = VALUES(at), next_at = VALUES(next_at), attempts = 0,
  lapses = 0, lease_owner = NULL, token = VALUES(token), sealed = VALUES(sealed), why = NULL;

-- name: job.cancel
DELETE FROM job WHERE name = :name AND only_one = :only_one;

-- name: job.next
SELECT min(next_at) AS next_at, (SELECT count(*) FROM meta WHERE name = 'restored_at') AS held
FROM job WHERE name = :name AND state = 'waiting';

-- Lapses first: MariaDB assigns from the left.
-- name: job.claim
UPDATE job SET lapses = lapses + (lease_owner IS NOT NULL), attempts = attempts + 1, lease_owner = :owner,
  next_at = :lease_until
WHERE id IN (SELECT id FROM job WHERE name = :name AND state = 'waiting' AND next_at <= :now
  ORDER BY next_at, id LIMIT :room);

-- Rows that another node is just claiming are passed over, not waited for.
-- name: job.claim @mariadb
UPDATE job JOIN (SELECT id FROM job WHERE name = :name AND state = 'waiting' AND next_at <= :now
  ORDER BY next_at, id LIMIT :room FOR UPDATE SKIP LOCKED) AS due ON due.id = job.id
SET lapses = lapses + (lease_owner IS NOT NULL), attempts = attempts + 1, lease_owner = :owner,
  next_at = :lease_until;

-- name: job.claimed
SELECT id, name, at, attempts, lapses, token, sealed, lease_owner FROM job
WHERE state = 'waiting' AND next_at = :lease_until AND lease_owner = :owner ORDER BY lapses, at, id;

-- name: job.done
DELETE FROM job WHERE id = :id AND lease_owner = :owner;

-- name: job.later
UPDATE job SET next_at = :at, lease_owner = NULL, why = :why WHERE id = :id AND lease_owner = :owner;

-- name: job.fail
UPDATE job SET state = 'failed', next_at = :now, lease_owner = NULL, why = :why
WHERE id = :id AND lease_owner = :owner;

-- What was not begun goes back as it was.
-- name: job.release
UPDATE job SET next_at = :now, attempts = attempts - 1, lease_owner = NULL WHERE id = :id AND lease_owner = :owner;

-- One, or all where no number is given.
-- name: job.again
UPDATE job SET state = 'waiting', attempts = 0, lapses = 0, next_at = :now
WHERE state = 'failed' AND id = coalesce(:id, id);

-- name: job.drop
DELETE FROM job WHERE state = 'failed' AND id = coalesce(:id, id);

-- name: job.forget
DELETE FROM job WHERE state = 'failed' AND next_at < :before;

-- The latest first.
-- name: job.failures
SELECT id, name, at, attempts, next_at AS ended_at, why FROM job WHERE state = 'failed' ORDER BY id DESC LIMIT :most;

-- name: job.counts
SELECT name, sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END) AS waiting,
  sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS failed,
  min(CASE WHEN state = 'waiting' THEN next_at END) AS next_at
FROM job GROUP BY name ORDER BY name;

-- name: job.sealed
SELECT id, name, token, sealed FROM job WHERE id > :after ORDER BY id LIMIT :room;

-- Unless it has been done, replaced or sealed again meanwhile.
-- name: job.renew
-- bytes: sealed, before
UPDATE job SET sealed = :sealed WHERE id = :id AND sealed = :before;
