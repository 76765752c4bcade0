-- Statements of scripts/reminder/reseal.lua.  How far it is stands in one row of `meta`, which is
-- changed only by who has seen it as it is.

-- name: reseal.state
SELECT value FROM meta WHERE name = 'reseal';

-- name: reseal.begin
-- bytes: value
INSERT INTO meta (name, value) VALUES ('reseal', :value);

-- name: reseal.move
-- bytes: value, seen
UPDATE meta SET value = :value WHERE name = 'reseal' AND value = :seen;

-- name: reseal.count
SELECT count(*) AS letters FROM reminder WHERE sealed IS NOT NULL;

-- name: reseal.rows
SELECT id, capsule_id, letter, due_at, message_id, sealed FROM reminder
WHERE id > :after AND sealed IS NOT NULL ORDER BY id LIMIT :room;

-- Unless it has been sent, wiped or sealed again meanwhile.
-- name: reseal.row
-- bytes: sealed, before
UPDATE reminder SET sealed = :sealed WHERE id = :id AND sealed = :before;
