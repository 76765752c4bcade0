-- 0003: when a letter failed for good, because what it holds is kept for a while and not for ever;
-- and what letters to an address are counted under: a keyed hash of the address without a "+tag", so
-- that one mailbox's many names share its bounds.

ALTER TABLE reminder ADD COLUMN ended_at INTEGER;

ALTER TABLE mailbox ADD COLUMN cap_hash BLOB CHECK (length(cap_hash) = 32);

CREATE INDEX mailbox_cap_hash ON mailbox (cap_hash);
