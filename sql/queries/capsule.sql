-- Statements of scripts/capsule/store.lua.  Times are unix seconds; `now` is the host's clock.

-- name: capsule.insert
-- bytes: key_hash, note, body
INSERT INTO capsule (key_hash, opens_at, created_at, note, body, version)
VALUES (:key_hash, :opens_at, :created_at, :note, :body, :version);

-- The time gate: before its time a row shows the note and no body, from then on the reverse.  Of the body it
-- tells before its time the digest, which the database makes: whether the body is still the one that was sealed.
-- name: capsule.find
-- bytes: key_hash
SELECT id, opens_at, created_at, version,
  CASE WHEN opens_at > :now THEN note END AS note,
  CASE WHEN opens_at > :now THEN SHA2(body, 256) END AS digest,
  CASE WHEN opens_at <= :now THEN body END AS body
FROM capsule
WHERE key_hash = :key_hash AND disabled_at IS NULL;

-- Disabled ones too: a repeated put gets the answer it got before.
-- name: capsule.known
-- bytes: key_hash
SELECT opens_at, created_at FROM capsule WHERE key_hash = :key_hash;

-- For taking back only: the creation time comes from a token that the server has signed.
-- name: capsule.recall
-- bytes: key_hash
SELECT id, opens_at, created_at, version, note, body
FROM capsule
WHERE key_hash = :key_hash AND created_at = :created_at AND disabled_at IS NULL;

-- name: capsule.delete
DELETE FROM capsule WHERE id = :id AND created_at = :created_at;

-- The canary's of an earlier period.
-- name: capsule.delete_by_key
-- bytes: key_hash
DELETE FROM capsule WHERE key_hash = :key_hash;
