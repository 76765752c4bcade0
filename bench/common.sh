#!/bin/sh
# What the scripts that measure rates share; sourced from bench/, with set -eu.
# shellcheck disable=SC2034,SC2154 # $url and others are for those who source this
rounds=${ROUNDS-5}
seconds=${SECONDS_EACH-2}
keys=200

folder=$(mktemp -d /tmp/timecapsule-bench.XXXXXX)
data=$folder/data # of servers
pids=
end_servers() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    pids=
}
tidy() {
    end_servers
    rm -rf "$folder"
}
trap tidy EXIT
trap 'exit 130' INT TERM

quietly() {
    "$@" >"$folder/output" 2>&1 || {
        cat "$folder/output" >&2
        exit 1
    }
}

# Builds the release program and the floors, unless BUILD names a folder where they are.
build=${BUILD-build/release}
[ -n "${BUILD-}" ] || {
    quietly cmake --preset release
    quietly cmake --build --preset release --target all floors
}

# Starts a program in the background and waits for the address that it says.
start() { # log program [argument]...
    log=$folder/$1
    shift
    : >"$log"
    "$@" >"$log" 2>&1 </dev/null &
    pids="$! $pids" # what was started last is ended first
    tries=0
    until url=$(sed -n 's/.*listening on \(http:[^ ]*\).*/\1/p' "$log" | head -n 1) && [ -n "$url" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt "${patience-100}" ] || {
            cat "$log" >&2
            exit 1
        }
        sleep 0.1
    done
}

# The server as it is measured: one worker, and nothing beside.
serve() { # log [argument]...
    name=$1
    shift
    start "$name" "$build/timecapsule" serve --data "$data" --workers 1 \
        --listen 127.0.0.1:0 --admin-listen off --rate-limits off --log-level warn "$@"
}

# Capsules that are open, their keys in $folder/keys.
prepare_keys() { # url
    echo "Preparing $keys capsules that open in a moment" >&2
    at=$(($(date +%s) + ${PREPARE_S-15}))
    for i in $(seq "$keys"); do
        curl -sS -X POST "$1/api/v1/capsules" -H 'Content-Type: application/json' \
            -d "{\"name\":\"Bench $i\",\"opens_at\":$at,\"content\":\"A letter to myself.\"}"
        echo
    done | sed -n 's/.*"key": *"\([^"]*\)".*/\1/p' >"$folder/keys"
    [ "$(wc -l <"$folder/keys")" = "$keys" ] || {
        echo "bench: the server took $(wc -l <"$folder/keys") of $keys capsules" >&2
        exit 1
    }
    while [ "$(date +%s)" -le "$at" ]; do
        sleep 0.2
    done
}

load() { # name connections url what [file]
    name=$1
    clients=$2
    target=$3
    shift 3
    wrk -t1 -c"$clients" -d"${seconds}s" --timeout 10s -s bench/load.lua "$target" -- "$@" |
        sed -n 's/^rate //p' >>"$folder/rate-$name"
}

median() { # name
    sort -n "$folder/rate-$1" | awk '{ rate[NR] = $1 } END { print rate[int((NR + 1) / 2)] }'
}
p99() {
    sort -n -k5 "$folder/rate-$1" | awk '{ p[NR] = $5 } END { print p[int((NR + 1) / 2)] }'
}
row() { # what name floor
    awk -v what="$1" -v rate="$(median "$2")" -v floor="$(median "$3")" -v p99="$(p99 "$2")" \
        -v below="$3" 'BEGIN { printf "%-28s %9d/s  p99 %7.2f ms  %6.2f x %s\n", what, rate, p99, rate / floor, below }'
}
floor() { # what name
    printf '%-28s %9d/s\n' "$1" "$(median "$2")"
}

# Of the loads named; fails when there were any.
failed_requests() { # name...
    errors=0
    for name in "$@"; do
        errors=$((errors + $(awk '{ n += $3 } END { print n + 0 }' "$folder/rate-$name")))
    done
    printf '\nfailed requests: %d\n' "$errors"
    [ "$errors" = 0 ]
}

# A MariaDB that this run starts for itself: on $socket, with a database `bench` and a user of that name.
socket=$folder/socket
sql() {
    mariadb --no-defaults --socket="$socket" -uroot -e "$1" 2>"$folder/output"
}

start_mariadb() {
    if [ "$(id -u)" = 0 ]; then user=root; else user=$(id -un); fi
    TMPDIR=$folder quietly mariadb-install-db --no-defaults --auth-root-authentication-method=normal \
        --skip-test-db --skip-name-resolve --force --user="$user" --datadir="$folder/mariadb"
    /usr/sbin/mariadbd --no-defaults --user="$user" --datadir="$folder/mariadb" --socket="$socket" \
        --tmpdir="$folder" --skip-networking --skip-log-bin --max-connections=200 \
        --innodb-buffer-pool-size=512M >"$folder/mariadbd" 2>&1 &
    pids="$! $pids"
    tries=0
    until sql 'SELECT 1' >/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || {
            cat "$folder/mariadbd" "$folder/output" >&2
            exit 1
        }
        sleep 0.1
    done
    sql "CREATE DATABASE bench CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
        CREATE USER bench@localhost IDENTIFIED BY 'bench'; GRANT ALL ON bench.* TO bench@localhost"
}
