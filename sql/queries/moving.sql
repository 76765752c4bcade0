-- Statements of scripts/admin/moving_out.lua and moving_in.lua.  Rows are read whole, whatever columns
-- there are, and written with the numbers that they have.

-- name: moving.mailboxes
SELECT * FROM mailbox ORDER BY id;

-- name: moving.capsules
SELECT * FROM capsule ORDER BY id;

-- name: moving.gatherings
SELECT * FROM gathering ORDER BY id;

-- name: moving.gathering_letters
SELECT * FROM gathering_letter ORDER BY id;

-- name: moving.reminders
SELECT * FROM reminder ORDER BY id;

-- name: moving.mail_log
SELECT * FROM mail_log ORDER BY id;

-- name: moving.jobs
SELECT * FROM job ORDER BY id;

-- name: moving.audit
SELECT id, at, via, actor, act, detail, outcome FROM audit ORDER BY id;

-- name: moving.counts
SELECT (SELECT count(*) FROM mailbox) AS mailbox, (SELECT count(*) FROM capsule) AS capsule,
  (SELECT count(*) FROM gathering) AS gathering, (SELECT count(*) FROM gathering_letter) AS gathering_letter,
  (SELECT count(*) FROM reminder) AS reminder, (SELECT count(*) FROM mail_log) AS mail_log,
  (SELECT count(*) FROM job) AS job, (SELECT count(*) FROM audit) AS audit;

-- The last number that was given, also where its row is gone.
-- name: moving.numbers @sqlite
SELECT name, seq AS number FROM sqlite_sequence;

-- name: moving.numbers @mariadb
SELECT TABLE_NAME AS name, AUTO_INCREMENT - 1 AS number FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND AUTO_INCREMENT IS NOT NULL;

-- name: moving.state
SELECT EXISTS (SELECT 1 FROM mailbox) + EXISTS (SELECT 1 FROM capsule) + EXISTS (SELECT 1 FROM reminder)
    + EXISTS (SELECT 1 FROM mail_log) + EXISTS (SELECT 1 FROM job) AS taken,
  (SELECT coalesce(max(id), 0) FROM audit) AS acts,
  (SELECT value FROM meta WHERE name = 'moved_from') AS moved_from;

-- name: moving.mark
-- bytes: value
REPLACE INTO meta (name, value) VALUES (:name, :value);

-- The last rows of those whose numbers the file has.
-- name: moving.reached
SELECT (SELECT max(id) FROM mailbox WHERE id <= :mailbox) AS mailbox,
  (SELECT max(id) FROM capsule WHERE id <= :capsule) AS capsule,
  (SELECT max(id) FROM gathering WHERE id <= :gathering) AS gathering,
  (SELECT max(id) FROM gathering_letter WHERE id <= :gathering_letter) AS gathering_letter,
  (SELECT max(id) FROM reminder WHERE id <= :reminder) AS reminder,
  (SELECT max(id) FROM mail_log WHERE id <= :mail_log) AS mail_log,
  (SELECT max(id) FROM job WHERE id <= :job) AS job,
  (SELECT max(id) FROM audit WHERE id <= :audit) AS audit;

-- name: moving.mailbox
-- bytes: address_hash, cap_hash
INSERT INTO mailbox (id, address_hash, cap_hash, state, last_mail_at, created_at, confirmed_at, said_at,
  mail_day, mails)
VALUES (:id, :address_hash, :cap_hash, :state, :last_mail_at, :created_at, :confirmed_at, :said_at,
  :mail_day, :mails);

-- name: moving.capsule
-- bytes: key_hash, note, body
INSERT INTO capsule (id, key_hash, opens_at, created_at, disabled_at, note, body, version)
VALUES (:id, :key_hash, :opens_at, :created_at, :disabled_at, :note, :body, :version);

-- name: moving.gathering
-- bytes: code_hash, public_key, title
INSERT INTO gathering (id, capsule_id, code_hash, public_key, closes_at, most, title, turn)
VALUES (:id, :capsule_id, :code_hash, :public_key, :closes_at, :most, :title, :turn);

-- name: moving.gathering_letter
-- bytes: mark, body
INSERT INTO gathering_letter (id, gathering_id, mark, created_at, body)
VALUES (:id, :gathering_id, :mark, :created_at, :body);

-- name: moving.reminder
-- bytes: sealed
INSERT INTO reminder (id, capsule_id, mailbox_id, letter, due_at, state, attempts, next_attempt_at,
  lease_owner, lease_until, message_id, sealed, sent_at, ended_at)
VALUES (:id, :capsule_id, :mailbox_id, :letter, :due_at, :state, :attempts, :next_attempt_at,
  :lease_owner, :lease_until, :message_id, :sealed, :sent_at, :ended_at);

-- name: moving.mail_log_line
INSERT INTO mail_log (id, reminder_id, at, outcome, text) VALUES (:id, :reminder_id, :at, :outcome, :text);

-- name: moving.job
-- bytes: sealed
INSERT INTO job (id, name, only_one, state, at, next_at, attempts, lapses, lease_owner, token, sealed, why)
VALUES (:id, :name, :only_one, :state, :at, :next_at, :attempts, :lapses, :lease_owner, :token, :sealed, :why);

-- name: moving.audit_line
INSERT INTO audit (id, at, via, actor, act, detail, outcome)
VALUES (:id, :at, :via, :actor, :act, :detail, :outcome);

-- A row that takes the last number and goes again: the next one is given a later number.
-- name: moving.mailbox_number
-- bytes: hash
INSERT INTO mailbox (id, address_hash, state, created_at) VALUES (:id, :hash, 'unconfirmed', 0);

-- name: moving.capsule_number
-- bytes: hash
INSERT INTO capsule (id, key_hash, opens_at, created_at, body, version) VALUES (:id, :hash, 0, 0, :hash, 0);

-- name: moving.gathering_number
-- bytes: hash
INSERT INTO gathering (id, capsule_id, code_hash, public_key, closes_at, most, title)
SELECT :id, max(id), :hash, :hash, 0, 0, :hash FROM capsule;

-- name: moving.gathering_letter_number
-- bytes: hash
INSERT INTO gathering_letter (id, gathering_id, mark, created_at, body)
SELECT :id, max(id), :hash, 0, :hash FROM gathering;

-- name: moving.reminder_number
INSERT INTO reminder (id, capsule_id, letter, due_at, state, next_attempt_at)
SELECT :id, max(id), '', 0, 'cancelled', 0 FROM capsule;

-- name: moving.mail_log_number
INSERT INTO mail_log (id, at, outcome, text) VALUES (:id, 0, '', '');

-- name: moving.job_number
-- bytes: hash
INSERT INTO job (id, name, state, at, next_at, attempts, lapses, token, sealed)
VALUES (:id, '', 'failed', 0, 0, 0, 0, '', :hash);

-- name: moving.audit_number
INSERT INTO audit (id, at, via, actor, act, detail, outcome) VALUES (:id, 0, '', '', '', '', '');

-- What was done here before (the tables were made, a token) gives the numbers up that the file's rows have.
-- name: moving.audit_behind
UPDATE audit SET id = id + :by;

-- name: moving.forget_audit
DELETE FROM audit WHERE id = :id;

-- name: moving.forget_job
DELETE FROM job WHERE id = :id;

-- name: moving.forget_mail_log
DELETE FROM mail_log WHERE id = :id;

-- name: moving.forget_reminder
DELETE FROM reminder WHERE id = :id;

-- name: moving.forget_gathering_letter
DELETE FROM gathering_letter WHERE id = :id;

-- name: moving.forget_gathering
DELETE FROM gathering WHERE id = :id;

-- name: moving.forget_capsule
DELETE FROM capsule WHERE id = :id;

-- name: moving.forget_mailbox
DELETE FROM mailbox WHERE id = :id;
