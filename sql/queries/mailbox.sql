-- Statements of scripts/reminder/mailbox.lua.  Addresses are known by a keyed hash.

-- name: mailbox.remember
-- bytes: address_hash, cap_hash
INSERT INTO mailbox (address_hash, cap_hash, state, created_at)
VALUES (:address_hash, :cap_hash, 'unconfirmed', :now)
ON CONFLICT (address_hash) DO UPDATE SET cap_hash = coalesce(excluded.cap_hash, cap_hash);

-- name: mailbox.remember @mariadb
-- bytes: address_hash, cap_hash
INSERT INTO mailbox (address_hash, cap_hash, state, created_at)
VALUES (:address_hash, :cap_hash, 'unconfirmed', :now)
ON DUPLICATE KEY UPDATE cap_hash = coalesce(VALUES(cap_hash), cap_hash);

-- Today's letters are those of all addresses that are counted together.
-- name: mailbox.find
-- bytes: address_hash
SELECT id, state, last_mail_at, cap_hash,
  coalesce(said_at, confirmed_at, last_mail_at, created_at) AS said_at,
  coalesce((SELECT sum(kin.mails) FROM mailbox AS kin
    WHERE kin.cap_hash = mailbox.cap_hash AND kin.mail_day = :day),
    CASE WHEN mail_day = :day THEN mails ELSE 0 END) AS mails_today
FROM mailbox WHERE address_hash = :address_hash;

-- Letters that wait for addresses that are counted together; questions are none.
-- name: mailbox.waiting
-- bytes: cap_hash
SELECT count(*) AS letters FROM mailbox JOIN reminder ON reminder.mailbox_id = mailbox.id
WHERE mailbox.cap_hash = :cap_hash AND reminder.state = 'pending' AND reminder.letter <> 'confirm';

-- name: mailbox.displace
-- bytes: cap_hash
UPDATE reminder SET state = 'cancelled', sealed = NULL, mailbox_id = NULL
WHERE id IN (SELECT id FROM (SELECT reminder.id
  FROM mailbox JOIN reminder ON reminder.mailbox_id = mailbox.id
  WHERE mailbox.cap_hash = :cap_hash AND reminder.state = 'unconfirmed'
  ORDER BY reminder.id DESC LIMIT 1000000 OFFSET :kept) AS oldest);

-- name: mailbox.count_mail
UPDATE mailbox
SET last_mail_at = :now,
  mails = CASE WHEN mail_day = :day THEN mails + 1 ELSE 1 END,
  mail_day = :day
WHERE id = :id;

-- name: mailbox.confirm
-- bytes: address_hash
UPDATE mailbox SET state = 'confirmed', confirmed_at = :at, said_at = :at
WHERE address_hash = :address_hash;

-- name: mailbox.confirm_letters
-- bytes: address_hash
UPDATE reminder SET state = 'pending'
WHERE state = 'unconfirmed'
  AND mailbox_id = (SELECT id FROM mailbox WHERE address_hash = :address_hash);

-- name: mailbox.stop
-- bytes: address_hash
UPDATE mailbox SET state = 'stopped', confirmed_at = NULL, said_at = :at
WHERE address_hash = :address_hash;

-- name: mailbox.stop_letters
-- bytes: address_hash
UPDATE reminder
SET state = 'cancelled', sealed = NULL, mailbox_id = NULL, lease_owner = NULL, lease_until = NULL
WHERE state IN ('pending', 'unconfirmed', 'failed')
  AND mailbox_id = (SELECT id FROM mailbox WHERE address_hash = :address_hash);

-- Everything that is kept of an address, in this order.
-- name: mailbox.erase_log
-- bytes: address_hash
DELETE FROM mail_log WHERE reminder_id IN (SELECT reminder.id FROM reminder
  JOIN mailbox ON mailbox.id = reminder.mailbox_id WHERE mailbox.address_hash = :address_hash);

-- name: mailbox.erase_letters
-- bytes: address_hash
DELETE FROM reminder WHERE mailbox_id = (SELECT id FROM mailbox WHERE address_hash = :address_hash);

-- name: mailbox.erase
-- bytes: address_hash
DELETE FROM mailbox WHERE address_hash = :address_hash;

-- Who has neither said anything nor a letter waiting.
-- name: mailbox.forget
DELETE FROM mailbox
WHERE state = 'unconfirmed' AND coalesce(last_mail_at, created_at) < :before
  AND NOT EXISTS (SELECT 1 FROM reminder WHERE reminder.mailbox_id = mailbox.id);
