-- Statements of scripts/routes/health.lua.

-- Answers when the database does and its tables are there.
-- name: meta.ready
SELECT count(*) AS rows_there FROM meta;
