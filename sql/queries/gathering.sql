-- Statements of scripts/capsule/gathering.lua.  Times are unix seconds; `now` is the host's clock.

-- In the batch that writes the capsule.
-- name: gathering.insert
-- bytes: key_hash, code_hash, public_key, title
INSERT INTO gathering (capsule_id, code_hash, public_key, closes_at, most, title)
SELECT id, :code_hash, :public_key, :closes_at, :most, :title FROM capsule WHERE key_hash = :key_hash;

-- For who has the code.
-- name: gathering.find
-- bytes: code_hash
SELECT gathering.id, gathering.public_key, gathering.closes_at, gathering.most, gathering.title, gathering.capsule_id, capsule.opens_at,
  (SELECT count(*) FROM gathering_letter WHERE gathering_letter.gathering_id = gathering.id) AS letters
FROM gathering JOIN capsule ON capsule.id = gathering.capsule_id
WHERE gathering.code_hash = :code_hash AND capsule.disabled_at IS NULL;

-- For who has the key: numbers alone.
-- name: gathering.of_capsule
SELECT id, closes_at, most,
  (SELECT count(*) FROM gathering_letter WHERE gathering_letter.gathering_id = gathering.id) AS letters
FROM gathering WHERE capsule_id = :capsule_id;

-- Whoever adds a letter changes this row first: others wait for its end, or on another node of a Galera cluster run
-- into a conflict, and count the letter.
-- name: gathering.turn
UPDATE gathering SET turn = turn + 1 WHERE id = :id;

-- In one batch with the turn.  None where it is closed, full, or its capsule is disabled.
-- name: gathering.add
-- bytes: mark, body
INSERT INTO gathering_letter (gathering_id, mark, created_at, body)
SELECT gathering.id, :mark, :now, :body FROM gathering JOIN capsule ON capsule.id = gathering.capsule_id
WHERE gathering.id = :id AND gathering.closes_at > :now AND capsule.disabled_at IS NULL
  AND (SELECT count(*) FROM gathering_letter AS held WHERE held.gathering_id = gathering.id) < gathering.most;

-- name: gathering.known
-- bytes: mark
SELECT id, created_at FROM gathering_letter WHERE mark = :mark;

-- name: gathering.take_back
-- bytes: mark
DELETE FROM gathering_letter WHERE mark = :mark AND created_at = :created_at;

-- The time gate, as in capsule.find: no letter before the capsule's time.  Oldest first, from behind the last one
-- that was given.
-- name: gathering.letters
-- bytes: key_hash
SELECT letter.id, letter.gathering_id, letter.created_at, letter.body
FROM capsule JOIN gathering ON gathering.capsule_id = capsule.id
  JOIN gathering_letter AS letter ON letter.gathering_id = gathering.id
WHERE capsule.key_hash = :key_hash AND capsule.opens_at <= :now AND capsule.disabled_at IS NULL
  AND (letter.created_at > :after_at OR letter.created_at = :after_at AND letter.id > :after_id)
ORDER BY letter.created_at, letter.id LIMIT :room;
