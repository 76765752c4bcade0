/* See own_tables.h.  Times are unix seconds. */
#include "server/own_tables.h"

#include "server/secret.h"

static const char tables_sqlite[] = "CREATE TABLE IF NOT EXISTS meta (\n"
                                    "  name  TEXT NOT NULL PRIMARY KEY,\n"
                                    "  value ANY  NOT NULL\n"
                                    ") STRICT, WITHOUT ROWID;\n"
                                    "\n"
                                    "CREATE TABLE IF NOT EXISTS node (\n"
                                    "  id           INTEGER PRIMARY KEY AUTOINCREMENT,\n"
                                    "  name         TEXT    NOT NULL UNIQUE,\n"
                                    "  heartbeat_at INTEGER NOT NULL,\n"
                                    "  generation   INTEGER NOT NULL,\n"
                                    "  version      TEXT    NOT NULL,\n"
                                    "  started_at   INTEGER NOT NULL\n"
                                    ") STRICT;\n";

static const char tables_mariadb[] =
    "CREATE TABLE IF NOT EXISTS meta (\n"
    "  name  VARCHAR(64)     NOT NULL PRIMARY KEY,\n"
    "  value VARBINARY(4096) NOT NULL\n"
    ") ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;\n"
    "\n"
    "CREATE TABLE IF NOT EXISTS node (\n"
    "  id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,\n"
    "  name         VARCHAR(255) NOT NULL,\n"
    "  heartbeat_at BIGINT       NOT NULL,\n"
    "  generation   BIGINT       NOT NULL,\n"
    "  version      VARCHAR(64)  NOT NULL,\n"
    "  started_at   BIGINT       NOT NULL,\n"
    "  UNIQUE KEY node_name (name)\n"
    ") ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;\n";

/* reloaded_at is NULL before the first reload; reload_good says how the last one went. */
static const char state_sqlite[] =
    "ALTER TABLE node ADD COLUMN digest TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE node ADD COLUMN reloaded_at INTEGER;\n"
    "ALTER TABLE node ADD COLUMN reload_good INTEGER;\n";

static const char state_mariadb[] =
    "ALTER TABLE node ADD COLUMN digest VARCHAR(64) NOT NULL DEFAULT '',\n"
    "  ADD COLUMN reloaded_at BIGINT NULL,\n"
    "  ADD COLUMN reload_good INT NULL;\n";

/* The ids of the server secrets that it knows, the current one first. */
static const char secrets_sqlite[] =
    "ALTER TABLE node ADD COLUMN secrets TEXT NOT NULL DEFAULT '';\n";

static const char secrets_mariadb[] =
    "ALTER TABLE node ADD COLUMN secrets VARCHAR(255) NOT NULL DEFAULT '';\n";

/* Who may see the admin's pages: tokens and one-time links by their hashes alone; and what was
 * done there. */
static const char admin_sqlite[] = "CREATE TABLE IF NOT EXISTS admin_token (\n"
                                   "  id         INTEGER PRIMARY KEY AUTOINCREMENT,\n"
                                   "  hash       BLOB    NOT NULL UNIQUE,\n"
                                   "  role       TEXT    NOT NULL,\n"
                                   "  name       TEXT    NOT NULL,\n"
                                   "  made_at    INTEGER NOT NULL,\n"
                                   "  revoked_at INTEGER,\n"
                                   "  link_hash  BLOB    UNIQUE,\n"
                                   "  link_until INTEGER\n"
                                   ") STRICT;\n"
                                   "\n"
                                   "CREATE TABLE IF NOT EXISTS audit (\n"
                                   "  id      INTEGER PRIMARY KEY AUTOINCREMENT,\n"
                                   "  at      INTEGER NOT NULL,\n"
                                   "  via     TEXT    NOT NULL,\n"
                                   "  actor   TEXT    NOT NULL,\n"
                                   "  act     TEXT    NOT NULL,\n"
                                   "  detail  TEXT    NOT NULL,\n"
                                   "  outcome TEXT    NOT NULL\n"
                                   ") STRICT;\n"
                                   "\n"
                                   "CREATE INDEX IF NOT EXISTS audit_at ON audit (at);\n";

static const char admin_mariadb[] =
    "CREATE TABLE IF NOT EXISTS admin_token (\n"
    "  id         BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,\n"
    "  hash       VARBINARY(32) NOT NULL,\n"
    "  role       VARCHAR(16)   NOT NULL,\n"
    "  name       VARCHAR(64)   NOT NULL,\n"
    "  made_at    BIGINT        NOT NULL,\n"
    "  revoked_at BIGINT        NULL,\n"
    "  link_hash  VARBINARY(32) NULL,\n"
    "  link_until BIGINT        NULL,\n"
    "  UNIQUE KEY admin_token_hash (hash),\n"
    "  UNIQUE KEY admin_token_link (link_hash)\n"
    ") ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;\n"
    "\n"
    "CREATE TABLE IF NOT EXISTS audit (\n"
    "  id      BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,\n"
    "  at      BIGINT        NOT NULL,\n"
    "  via     VARCHAR(16)   NOT NULL,\n"
    "  actor   VARCHAR(64)   NOT NULL,\n"
    "  act     VARCHAR(64)   NOT NULL,\n"
    "  detail  VARCHAR(2048) NOT NULL,\n"
    "  outcome VARCHAR(255)  NOT NULL,\n"
    "  KEY audit_at (at)\n"
    ") ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;\n";

static const char used_sqlite[] = "ALTER TABLE admin_token ADD COLUMN used_at INTEGER;\n";

static const char used_mariadb[] = "ALTER TABLE admin_token ADD COLUMN used_at BIGINT NULL;\n";

/* How often its sessions were ended; one carries the number of its beginning. */
static const char sessions_sqlite[] =
    "ALTER TABLE admin_token ADD COLUMN sessions INTEGER NOT NULL DEFAULT 0;\n";

static const char sessions_mariadb[] =
    "ALTER TABLE admin_token ADD COLUMN sessions BIGINT NOT NULL DEFAULT 0;\n";

/* An act is recorded once; NULL where nobody may come to record it again. */
static const char once_sqlite[] =
    "ALTER TABLE audit ADD COLUMN token TEXT;\n"
    "CREATE UNIQUE INDEX IF NOT EXISTS audit_token ON audit (token);\n";

static const char once_mariadb[] = "ALTER TABLE audit ADD COLUMN token VARCHAR(64) NULL,\n"
                                   "  ADD UNIQUE KEY audit_token (token);\n";

/* What it is made of (server/inventory.h), and since when. */
static const char files_sqlite[] = "ALTER TABLE node ADD COLUMN current_at INTEGER;\n"
                                   "ALTER TABLE node ADD COLUMN files TEXT;\n";

static const char files_mariadb[] = "ALTER TABLE node ADD COLUMN current_at BIGINT NULL,\n"
                                    "  ADD COLUMN files MEDIUMTEXT NULL;\n";

static const char statements[] =
    "-- name: host.node_update\n"
    "UPDATE node SET heartbeat_at = :now, generation = :generation, digest = :digest,\n"
    "  version = :version, started_at = :started_at, reloaded_at = :reloaded_at,\n"
    "  reload_good = :reload_good, secrets = :secrets\n"
    "WHERE name = :name;\n"
    "\n"
    "-- name: host.node_insert\n"
    "INSERT INTO node (name, heartbeat_at, generation, digest, version, started_at,\n"
    "  reloaded_at, reload_good, secrets)\n"
    "VALUES (:name, :now, :generation, :digest, :version, :started_at, :reloaded_at,\n"
    "  :reload_good, :secrets);\n"
    "\n"
    "-- name: host.node_files\n" /* in this order: MariaDB sees what it has set before */
    "UPDATE node SET current_at = CASE WHEN files = :files AND current_at IS NOT NULL\n"
    "  THEN current_at ELSE :now END, files = :files\n"
    "WHERE name = :name;\n"
    "\n"
    "-- name: host.node_end\n" /* no generation has that number */
    "UPDATE node SET heartbeat_at = :now, generation = 0 WHERE name = :name;\n"
    "\n"
    "-- name: host.node_forget\n"
    "DELETE FROM node WHERE heartbeat_at < :before;\n"
    "\n"
    "-- name: host.node_others\n"
    "SELECT name, digest, version, reload_good FROM node\n"
    "WHERE heartbeat_at > :live AND generation > 0 AND name <> :name\n"
    "  AND (digest <> :digest OR version <> :version OR reload_good = 0)\n"
    "ORDER BY name LIMIT 16;\n"
    "\n"
    "-- name: host.secret_word\n" SECRET_WORD_SQL ";\n"
    "\n"
    "-- name: host.turn_take\n"
    "UPDATE meta SET value = :next WHERE name = :row AND value < :now;\n"
    "\n"
    "-- name: host.turn_make\n"
    "INSERT INTO meta (name, value) SELECT :row, :next FROM (SELECT 1 AS one) AS made\n"
    "WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = :row);\n"
    "\n"
    "-- name: host.turn_leave\n"
    "UPDATE meta SET value = :next WHERE name = :row AND value = :held;\n";

#define SOURCE(file, text)                                                                     \
    {                                                                                          \
        "host/" file,                                                                          \
        {                                                                                      \
            text, sizeof(text) - 1                                                             \
        }                                                                                      \
    }

const struct migration_source *own_migrations(size_t *ret_count)
{
    static const struct migration_source all[] = {
        SOURCE("0001_tables.sqlite.sql", tables_sqlite),
        SOURCE("0001_tables.mariadb.sql", tables_mariadb),
        SOURCE("0002_node_state.sqlite.sql", state_sqlite),
        SOURCE("0002_node_state.mariadb.sql", state_mariadb),
        SOURCE("0003_node_secrets.sqlite.sql", secrets_sqlite),
        SOURCE("0003_node_secrets.mariadb.sql", secrets_mariadb),
        SOURCE("0004_admin.sqlite.sql", admin_sqlite),
        SOURCE("0004_admin.mariadb.sql", admin_mariadb),
        SOURCE("0005_token_used.sqlite.sql", used_sqlite),
        SOURCE("0005_token_used.mariadb.sql", used_mariadb),
        SOURCE("0006_node_files.sqlite.sql", files_sqlite),
        SOURCE("0006_node_files.mariadb.sql", files_mariadb),
        SOURCE("0007_token_sessions.sqlite.sql", sessions_sqlite),
        SOURCE("0007_token_sessions.mariadb.sql", sessions_mariadb),
        SOURCE("0008_audit_token.sqlite.sql", once_sqlite),
        SOURCE("0008_audit_token.mariadb.sql", once_mariadb)};
    *ret_count = sizeof all / sizeof all[0];
    return all;
}

struct statement_source own_statements(void)
{
    return (struct statement_source)SOURCE("statements", statements);
}
