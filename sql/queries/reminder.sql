-- Statements of scripts/reminder/queue.lua and claim.lua.  States: unconfirmed → pending → sent, failed or
-- cancelled.  A claim puts next_attempt_at at the end of its lease, so that one range of one index
-- is all that is due, and a lease that ends is taken over without a word.

-- In the batch that writes the capsule, behind mailbox.remember: both are found by their hashes.
-- Who wants no more letters gets none, and nothing is kept for one.
-- name: reminder.insert
-- bytes: key_hash, address_hash, sealed
INSERT INTO reminder
  (capsule_id, mailbox_id, letter, due_at, state, attempts, next_attempt_at, message_id, sealed)
SELECT capsule.id,
  CASE WHEN mailbox.state <> 'stopped' THEN mailbox.id END,
  :letter, :due_at,
  CASE WHEN mailbox.state = 'stopped' THEN 'cancelled'
    WHEN mailbox.state = 'unconfirmed' AND :confirm_first = 1 THEN 'unconfirmed'
    ELSE 'pending' END,
  0, :due_at, :message_id,
  CASE WHEN mailbox.state <> 'stopped' THEN :sealed END
FROM capsule, mailbox
WHERE capsule.key_hash = :key_hash AND mailbox.address_hash = :address_hash;

-- The letter that asks, where nobody has said yes or no.
-- name: reminder.insert_question
-- bytes: key_hash, address_hash, sealed
INSERT INTO reminder
  (capsule_id, mailbox_id, letter, due_at, state, attempts, next_attempt_at, message_id, sealed)
SELECT capsule.id, mailbox.id, :letter, :due_at, 'pending', 0, :due_at, :message_id, :sealed
FROM capsule, mailbox
WHERE capsule.key_hash = :key_hash AND mailbox.address_hash = :address_hash
  AND mailbox.state = 'unconfirmed';

-- name: reminder.of_capsule
SELECT letter, state, message_id, sealed FROM reminder WHERE capsule_id = :capsule_id ORDER BY id;

-- Before the letters of a capsule go elsewhere: those that have not gone out, and the question.
-- name: reminder.drop_waiting
DELETE FROM reminder
WHERE capsule_id = :capsule_id AND (state <> 'sent' OR letter = :question);

-- Cheap, for every second: nothing is locked and nothing written while nothing is due.
-- A database that was restored is held until it is told otherwise; an admin may pause letters, too.
-- name: reminder.next
SELECT min(next_attempt_at) AS next_at,
  (SELECT count(*) FROM meta WHERE name = 'restored_at') AS held,
  (SELECT count(*) FROM meta WHERE name = 'reminders_paused') AS paused
FROM reminder WHERE state = 'pending';

-- name: reminder.pause
-- bytes: value
REPLACE INTO meta (name, value) VALUES ('reminders_paused', :value);

-- name: reminder.paused
SELECT value FROM meta WHERE name = 'reminders_paused';

-- name: reminder.resume
DELETE FROM meta WHERE name = 'reminders_paused';

-- Attempts since two moments, and letters that somebody is sending right now.
-- name: reminder.load
SELECT
  (SELECT count(*) FROM mail_log WHERE at > :minute_ago AND reminder_id IS NOT NULL) AS last_minute,
  (SELECT count(*) FROM mail_log WHERE at > :day_ago AND reminder_id IS NOT NULL) AS last_day,
  (SELECT count(*) FROM reminder WHERE state = 'pending' AND next_attempt_at > :now
    AND next_attempt_at <= :lease_until AND lease_owner IS NOT NULL) AS under_way;

-- Every claim changes this row first: others wait for its end, or on another node of a Galera cluster run into a
-- conflict, and count what it has taken.
-- name: reminder.turn
INSERT INTO meta (name, value) VALUES ('mail_turn', :owner)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: reminder.turn @mariadb
INSERT INTO meta (name, value) VALUES ('mail_turn', :owner)
ON DUPLICATE KEY UPDATE value = VALUES(value);

-- name: reminder.claim
UPDATE reminder
SET lease_owner = :owner, lease_until = :lease_until, next_attempt_at = :lease_until
WHERE id IN (SELECT id FROM reminder WHERE state = 'pending' AND next_attempt_at <= :now
  ORDER BY next_attempt_at, id LIMIT :room);

-- Rows that another node is just claiming are passed over, not waited for.
-- name: reminder.claim @mariadb
UPDATE reminder JOIN (SELECT id FROM reminder WHERE state = 'pending' AND next_attempt_at <= :now
  ORDER BY next_attempt_at, id LIMIT :room FOR UPDATE SKIP LOCKED) AS due ON due.id = reminder.id
SET lease_owner = :owner, lease_until = :lease_until, next_attempt_at = :lease_until;

-- In one transaction with the claim.  What others are sending to an address counts as sent.  What was never tried comes first: one letter that a server refuses
-- for a reason that may be about us must not hold the others.
-- name: reminder.claimed
SELECT reminder.id, reminder.capsule_id, reminder.letter, reminder.due_at, reminder.attempts, reminder.message_id,
  reminder.sealed, reminder.mailbox_id, reminder.lease_owner, capsule.opens_at,
  capsule.created_at, capsule.disabled_at, mailbox.state AS mailbox_state,
  mailbox.last_mail_at, mailbox.cap_hash,
  coalesce((SELECT sum(kin.mails) FROM mailbox AS kin
    WHERE kin.cap_hash = mailbox.cap_hash AND kin.mail_day = :day),
    CASE WHEN mailbox.mail_day = :day THEN mailbox.mails ELSE 0 END)
    + (SELECT count(*) FROM mailbox AS kin JOIN reminder AS held ON held.mailbox_id = kin.id
      WHERE kin.cap_hash = mailbox.cap_hash AND held.state = 'pending' AND held.lease_owner <> :owner
        AND held.next_attempt_at > :now) AS mails_today
FROM reminder
  JOIN capsule ON capsule.id = reminder.capsule_id
  LEFT JOIN mailbox ON mailbox.id = reminder.mailbox_id
WHERE reminder.state = 'pending' AND reminder.next_attempt_at = :lease_until
  AND reminder.lease_owner = :owner
ORDER BY reminder.attempts, reminder.due_at, reminder.id;

-- Whoever holds the lease by now: the letter has been taken, so nobody shall send it again.
-- name: reminder.sent
UPDATE reminder
SET state = 'sent', sent_at = :now, attempts = attempts + 1, sealed = NULL, mailbox_id = NULL,
  lease_owner = NULL, lease_until = NULL
WHERE id = :id AND state = 'pending';

-- name: reminder.cancel
UPDATE reminder
SET state = 'cancelled', sealed = NULL, mailbox_id = NULL, lease_owner = NULL, lease_until = NULL
WHERE id = :id AND state = 'pending' AND lease_owner = :owner;

-- What it holds stays, so that it can be sent after all.
-- name: reminder.fail
UPDATE reminder
SET state = 'failed', attempts = attempts + :tried, ended_at = :ended_at,
  lease_owner = NULL, lease_until = NULL
WHERE id = :id AND state = 'pending' AND lease_owner = :owner;

-- name: reminder.reopen
UPDATE reminder SET state = 'pending', next_attempt_at = :at, ended_at = NULL
WHERE id = :id AND state = 'failed' AND sealed IS NOT NULL;

-- One, or all where no number is given.
-- name: reminder.again
UPDATE reminder SET state = 'pending', attempts = 0, next_attempt_at = :now, ended_at = NULL
WHERE state = 'failed' AND sealed IS NOT NULL AND id = coalesce(:id, id);

-- What was never confirmed, or has failed for good, for so long.  By the index of states: few are.
-- name: reminder.stale
SELECT id, letter, message_id, sealed FROM reminder
WHERE state = :state AND sealed IS NOT NULL AND id > :after
  AND (state = 'unconfirmed' AND due_at < :before OR state = 'failed' AND ended_at < :before)
ORDER BY id + 0 LIMIT :room;

-- name: reminder.forget
UPDATE reminder
SET state = CASE WHEN state = 'unconfirmed' THEN 'cancelled' ELSE state END, sealed = NULL,
  mailbox_id = NULL
WHERE id = :id AND state = :state;

-- The latest first.
-- name: reminder.failures
SELECT reminder.id, reminder.capsule_id, reminder.attempts, reminder.ended_at,
  reminder.sealed IS NOT NULL AS kept,
  (SELECT text FROM mail_log WHERE mail_log.reminder_id = reminder.id ORDER BY mail_log.id DESC LIMIT 1)
    AS text
FROM reminder WHERE reminder.state = 'failed' ORDER BY reminder.id DESC LIMIT :most;

-- name: reminder.last_attempt
SELECT at, outcome, text FROM mail_log WHERE outcome NOT LIKE 'canary %' AND outcome <> 'erased'
ORDER BY id DESC LIMIT 1;

-- When the canary's letter was last begun, sent and answered, when it was first begun, and since when a
-- server is up.
-- name: reminder.canary
SELECT outcome, max(at) AS at FROM mail_log
WHERE at > :since AND outcome IN ('canary', 'canary begun', 'canary answered')
GROUP BY outcome
UNION ALL
SELECT 'first', min(at) FROM mail_log WHERE at > :since AND outcome = 'canary begun'
HAVING min(at) IS NOT NULL
UNION ALL
SELECT 'up', min(started_at) FROM node WHERE heartbeat_at > :alive AND generation > 0
HAVING min(started_at) IS NOT NULL;

-- name: reminder.later
UPDATE reminder
SET next_attempt_at = :at, attempts = attempts + :tried, lease_owner = NULL, lease_until = NULL
WHERE id = :id AND state = 'pending' AND lease_owner = :owner;

-- What is left of a claim.
-- name: reminder.release
UPDATE reminder
SET next_attempt_at = :at, lease_owner = NULL, lease_until = NULL
WHERE state = 'pending' AND next_attempt_at = :lease_until AND lease_owner = :owner;

-- After an outage: what had been put off while nothing went through.
-- name: reminder.hasten
UPDATE reminder
SET next_attempt_at = :now
WHERE state = 'pending' AND next_attempt_at > :now AND next_attempt_at <= :latest
  AND attempts > 0 AND due_at <= :now AND lease_owner IS NULL;

-- name: reminder.log
INSERT INTO mail_log (reminder_id, at, outcome, text)
VALUES (:reminder_id, :at, :outcome, :text);

-- name: reminder.forget_log
DELETE FROM mail_log WHERE at < :before;

-- name: reminder.count
SELECT state, count(*) AS letters FROM reminder GROUP BY state;

-- What failed is tried again within a day, so nothing that is overdue is due later than that.
-- name: reminder.oldest
SELECT min(due_at) AS due_at FROM reminder
WHERE state = 'pending' AND next_attempt_at <= :now + 86400 AND due_at <= :now;
