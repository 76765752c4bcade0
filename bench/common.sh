#!/bin/sh
# What the scripts that measure share; sourced from bench/, with set -eu.  Each prints rows of one table in
# markdown: the median of its rounds and, behind it, the lowest and the highest.
# shellcheck disable=SC2016,SC2034,SC2154 # columns are awk's; $url and others are for those who source this
rounds=${ROUNDS-5}
seconds=${SECONDS_EACH-2}
keys=200

folder=$(mktemp -d /tmp/timecapsule-bench.XXXXXX)
data=$folder/data # of servers
pids=
mariadbd= # its process, where one was started
end_servers() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    pids=
    mariadbd=
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

# Builds the release program and what runs beside it, unless BUILD names a folder where they are.
build=${BUILD-build/release}
[ -n "${BUILD-}" ] || {
    quietly cmake --preset release
    quietly cmake --build --preset release --target all floors hammer
}

# Starts a program in the background and waits for the address that it says.
start() { # log program [argument]...
    log=$folder/$1
    shift
    : >"$log"
    "$@" >"$log" 2>&1 </dev/null &
    pids="$! $pids" # what was started last is ended first
    tries=0
    until url=$(sed -n 's/.*[Ll]istening [ato]*n*:* *\(http:[^ ]*\).*/\1/p' "$log" | head -n 1) && [ -n "$url" ]; do
        tries=$((tries + 1))
        if [ "$tries" -ge "${patience-100}" ] || ! kill -0 "${pids%% *}" 2>/dev/null; then
            cat "$log" >&2
            exit 1
        fi
        sleep 0.1
    done
    echo "${pids%% *}" >"$folder/pid-${url##*:}"
}

# The server as it is measured: one worker, and nothing beside.
serve() { # log [argument]...
    name=$1
    shift
    start "$name" "$build/timecapsule" serve --data "$data" --workers "${workers-1}" \
        --listen 127.0.0.1:0 --admin-listen off --rate-limits off --log-level warn "$@"
}

memory() { # pid: resident KiB
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}

# Capsules that are open, their keys in $folder/keys, or that other file there.
prepare_keys() { # url [file]
    file=$folder/${2-keys}
    echo "Preparing $keys capsules that open in a moment" >&2
    at=$(($(date +%s) + ${PREPARE_S-15}))
    for i in $(seq "$keys"); do
        printf 'next\nurl = "%s/api/v1/capsules"\nheader = "Content-Type: application/json"\nwrite-out = "\\n"\n' "$1"
        printf 'data = "{\\"name\\":\\"Bench %d\\",\\"opens_at\\":%d,\\"content\\":\\"A letter to myself.\\"}"\n' "$i" "$at"
    done | curl -sS -K - | sed -n 's/.*"key": *"\([^"]*\)".*/\1/p' >"$file"
    [ "$(wc -l <"$file")" = "$keys" ] || {
        echo "bench: the server took $(wc -l <"$file") of $keys capsules" >&2
        exit 1
    }
    while [ "$(date +%s)" -le "$at" ]; do
        sleep 0.2
    done
}

# ---- measuring: a line of $folder/rate-NAME for each round ------------------------------------------

# Nanoseconds of processor time that the threads of a process and of its children have had.
used() { # pid
    for process in "$1" $(cat "/proc/$1/task/"*/children); do
        cat "/proc/$process/task/"*/schedstat
    done | awk '{ spent += $1 } END { printf "%.0f\n", spent }'
}

# Nanoseconds of a process and of MariaDB, its INSERTs, SELECTs and rows written; 0 for what is not asked.
tally() { # pid or 0, MariaDB's or nothing
    [ "$1" = 0 ] && spent=0 || spent=$(used "$1")
    [ -n "$2" ] && echo "$spent $(used "$2") $(mariadb --no-defaults --socket="$socket" -uroot -N -B \
        -e "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_insert', 'Com_select', 'Handler_write')" | cut -f 2 | tr '\n' ' ')" ||
        echo "$spent 0 0 0 0"
}

# A line is "RATE errors N p99 MS p50 MS answers N", the tally after and the one before.
note() { # name line after before
    echo "$2 $3 $4" >>"$folder/rate-$1"
}
each='($10 - $15) / $9 / 1000'
each_database='($11 - $16) / $9 / 1000'
each_insert='$12 > $17 ? ($14 - $19) / ($12 - $17) : 0'
each_select='$12 == $17 && $13 > $18 ? $9 / ($13 - $18) : 0'

load() { # name connections url what [file]
    name=$1
    clients=$2
    target=$3
    shift 3
    process_id=$(cat "$folder/pid-${target##*:}")
    [ "$1" = page ] && behind= || behind=$mariadbd
    before=$(tally "$process_id" "$behind")
    wrk -t1 -c"$clients" -d"${seconds}s" --timeout "${patience_s-10}s" -s bench/load.lua "$target" -- "$@" >"$folder/wrk"
    note "$name" "$(sed -n 's/^rate //p' "$folder/wrk")" "$(tally "$process_id" "$behind")" \
        "$before"
}

# A program that says "what RATE" itself.
floor() { # name what program [argument]...
    name=$1
    what=$2
    shift 2
    before=$(tally 0 "$mariadbd")
    "$@" >"$folder/said"
    after=$(tally 0 "$mariadbd")
    awk -v what="$what" -v s="$seconds" '$1 == what { print $2, "errors 0 p99 0 p50 0 answers", $2 * s }' "$folder/said" |
        while read -r line; do note "$name" "$line" "$after" "$before"; done
}

# ---- the table --------------------------------------------------------------------------------------

values() { # name expression: one a round
    awk "\$1 > 0 { print ($2) }" "$folder/rate-$1"
}
# "MEDIAN (LOWEST–HIGHEST)" of numbers, one a line; nothing where there are none.
spread() {
    sort -g | awk '
        function say(v, text, rest) {
            text = sprintf(v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : "%.2f", v)
            for (; v >= 1000; v /= 1000) {
                rest = " " substr(text, length(text) - 2) rest
                text = substr(text, 1, length(text) - 3)
            }
            return text rest
        }
        { value[NR] = $1 }
        END {
            middle = value[int((NR + 1) / 2)]
            if (middle > 0) print say(middle) (value[NR] > value[1] ? " (" say(value[1]) "–" say(value[NR]) ")" : "")
        }'
}
median() { # name expression
    values "$1" "$2" | sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] + 0 }'
}

# Kept aside by what is not a load: $folder/values-NAME, a number a line.
keep_value() { # name number
    echo "$2" >>"$folder/values-$1"
}
kept() { # name
    spread <"$folder/values-$1"
}

cells() { # what rate processor-time p50 p99 beside
    printf '| %s | %s | %s | %s | %s | %s |\n' "$@"
}
ratio() { # words name other expression [words]: nothing where one has no such value
    awk -v before="$1" -v a="$(median "$2" "$4")" -v b="$(median "$3" "$4")" -v behind="${5-}" 'BEGIN {
        if (a * b <= 0) exit
        times = a / b
        printf "%s" (times >= 10 ? "%.0f" : times >= 0.1 ? "%.2f" : "%.2g") " ×%s", before, times, behind
    }'
}
beside() { # name others
    share=$(values "$1" "$each_database" | spread)
    [ -z "$share" ] || printf 'mariadbd %s us; ' "$share"
    [ "$(median "$1" "$each_insert")" = 0 ] || printf '%s rows an INSERT; ' "$(values "$1" "$each_insert" | spread)"
    [ "$(median "$1" "$each_select")" = 0 ] || printf '%s answers a SELECT; ' "$(values "$1" "$each_select" | spread)"
    for other in $2; do
        ratio '' "$1" "$other" '$1' ' '
        echo "$other" | tr '-' ' ' | tr -d '\n'
        ratio ', its processor time ' "$1" "$other" "$each"
        ratio ', mariadbd ' "$1" "$other" "$each_database"
        printf '; '
    done
}
row() { # what name [names of others] [words]
    others=$(beside "$2" "${3-}")${4-}
    cells "$1" "$(values "$2" '$1' | spread)" "$(values "$2" "$each" | spread)" \
        "$(values "$2" '$7' | spread)" "$(values "$2" '$5' | spread)" "${others%; }"
}

# What the table is of, and its head; a script that bench/all runs leaves both to it.
head_of_table() { # script
    [ -z "${TABLE-}" ] || return 0
    . /etc/os-release
    changed=$([ -z "$(git status --porcelain -uno)" ] || echo ', with changes')
    processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    printf '\n%s, commit %s%s, `%s`, %d rounds of %d s: release program, %s %s, Lua %s, %s, %s, Linux %s, %s. ' \
        "$(LC_ALL=C date -u '+%-d %B %Y')" "$(git rev-parse --short HEAD)" "$changed" "$1" "$rounds" "$seconds" \
        "${CC-gcc}" "$(${CC-gcc} -dumpfullversion)" "$(pkg-config --modversion lua5.4)" "$(getconf GNU_LIBC_VERSION)" \
        "$PRETTY_NAME" "$(uname -r)" "$(nproc) cores of $processor"
    printf 'Load before it: %s.\n\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
    cells '' 'a second' 'us of processor time each' 'p50, ms' 'p99, ms' 'beside'
    cells --- --- --- --- --- ---
}

# Of the loads named; fails when there were any.
failed_requests() { # name...
    errors=0
    for name in "$@"; do
        errors=$((errors + $(awk '{ n += $3 } END { print n + 0 }' "$folder/rate-$name")))
    done
    [ "$errors" = 0 ] || {
        echo "failed requests: $errors" >&2
        return 1
    }
}

# A MariaDB that this run starts for itself: on $socket, with a database `bench` and a user of that name.
socket=$folder/socket
sql() {
    mariadb --no-defaults --socket="$socket" -uroot -e "$1" 2>"$folder/output"
}

must_sql() {
    sql "$1" || {
        cat "$folder/output" >&2
        exit 1
    }
}

start_mariadb() {
    if [ "$(id -u)" = 0 ]; then user=root; else user=$(id -un); fi
    TMPDIR=$folder quietly mariadb-install-db --no-defaults --auth-root-authentication-method=normal \
        --skip-test-db --skip-name-resolve --force --user="$user" --datadir="$folder/mariadb"
    /usr/sbin/mariadbd --no-defaults --user="$user" --datadir="$folder/mariadb" --socket="$socket" \
        --tmpdir="$folder" --skip-networking --skip-log-bin --max-connections=200 \
        --innodb-buffer-pool-size=512M >"$folder/mariadbd" 2>&1 &
    mariadbd=$!
    pids="$mariadbd $pids"
    tries=0
    until sql 'SELECT 1' >/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || {
            cat "$folder/mariadbd" "$folder/output" >&2
            exit 1
        }
        sleep 0.1
    done
    must_sql "CREATE DATABASE bench CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
        CREATE USER bench@localhost IDENTIFIED BY 'bench'; GRANT ALL ON bench.* TO bench@localhost"
}
