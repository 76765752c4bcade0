# shellcheck shell=sh
# A minimal root of a release of Debian or Ubuntu, for the programs of this folder that try something in one.  To be
# read by `.` with $release set; needs root, debootstrap and the network.  The root goes when
# the program ends.
#
#   TMPDIR   where the root is made (/var/tmp)
#   include  packages of the root beside its minimum, with commas between

program=deploy/$(basename "$0") release=${release-}

say() {
    printf '%s %s: %s\n' "$program" "$release" "$*"
}

fail() {
    say "$*" >&2
    exit 1
}

case "$release" in
bookworm | trixie)
    mirror=http://deb.debian.org/debian
    components=main
    keys=/usr/share/keyrings/debian-archive-keyring.gpg
    ;;
noble | resolute)
    mirror=http://archive.ubuntu.com/ubuntu
    components=main,universe
    keys=/usr/share/keyrings/ubuntu-archive-keyring.gpg
    ;;
*) fail "no such release; there are bookworm, trixie, noble and resolute" ;;
esac
[ "$(id -u)" = 0 ] || fail "needs root, for debootstrap and chroot"
command -v debootstrap >/dev/null || fail "needs debootstrap: sudo apt-get install debootstrap"

root=$(mktemp -d "${TMPDIR-/var/tmp}/timecapsule-$release-XXXXXX")
chmod 755 "$root" # accounts other than root's live in it

# shellcheck disable=SC2317 # by trap
leave_nothing() {
    if [ -n "${namespaces-}" ]; then # all in them have ended when their process 1 has
        kill -KILL "$(process_1)" 2>/dev/null || kill -KILL "$namespaces" 2>/dev/null || true
        wait "$namespaces" 2>/dev/null || true
    fi
    if [ -r "$root/pid" ]; then # it leads its group
        kill -TERM "-$(cat "$root/pid")" 2>/dev/null || true
        sleep 2
        kill -KILL "-$(cat "$root/pid")" 2>/dev/null || true
    fi
    rm -f "$root.log"
    for place in dev/shm dev/pts dev proc; do
        ! mountpoint -q "$root/$place" || umount "$root/$place"
    done
    ! mountpoint -q "$root/proc" || fail "$root/proc is still mounted: left there"
    rm -rf --one-file-system "$root"
}
trap leave_nothing EXIT
trap 'exit 130' INT TERM

make_root() {
    set -- --variant=minbase ${include+--include="$include"} "--components=$components" "$release" "$root" "$mirror"
    if [ -r "$keys" ]; then
        set -- "--keyring=$keys" "$@"
    else
        say "no $keys here: its packages are not verified"
        set -- --no-check-gpg "$@"
    fi
    # Releases newer than this debootstrap are made like the others of their kind.
    [ -e "/usr/share/debootstrap/scripts/$release" ] || set -- "$@" /usr/share/debootstrap/scripts/gutsy
    debootstrap "$@" >"$root.log" 2>&1 || {
        tail -n 5 "$root.log" >&2
        rm -f "$root.log"
        fail "no root could be made"
    }
    rm -f "$root.log"
    for place in proc dev dev/pts dev/shm; do
        mount --bind "/$place" "$root/$place"
    done
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    # A network whose certificates this machine was told of is the root's too (npm asks for them).
    [ -z "${NODE_EXTRA_CA_CERTS-}" ] || cp "$NODE_EXTRA_CA_CERTS" "$root/network.pem"
    say "a root of $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' "$root/etc/os-release") after $(($(date +%s) - began)) s"
}

# What is under version control, as it stands here; without git, all but what is built.
copy_tree() {
    mkdir "$root/src"
    tar --exclude=./build --exclude=./var --exclude=./.git --exclude=node_modules -cf - . | tar -xf - -C "$root/src"
}

inside() { # command, for a shell at the tree; in a group of processes of its own
    setsid --wait chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS=/network.pem} sh -c "cd /src && $1"
}

# systemd as process 1 of the root, in namespaces of its own, the network's too: every port is free there, and nobody
# else is reached.  `inside` and curl are inside of them from then on; `online` has this machine's network.
boot() {
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare --mount --pid --fork --kill-child --cgroup --uts --ipc --net sh -ec '
        ip link set lo up
        mount --make-rprivate /
        mount --bind "$0" "$0"
        cd "$0"
        mount -t proc proc proc
        mount -t sysfs -o ro sysfs sys
        mount -t cgroup2 cgroup2 sys/fs/cgroup
        mount -t tmpfs tmpfs run
        mount -t tmpfs tmpfs dev
        for device in null zero full random urandom tty; do
            : >"dev/$device"
            mount --bind "/dev/$device" "dev/$device"
        done
        mkdir dev/shm dev/pts
        mount -t tmpfs tmpfs dev/shm
        mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
        ln -s pts/ptmx dev/ptmx
        pivot_root . mnt
        umount -l mnt
        exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init' "$root" >"$root/systemd" 2>&1 </dev/null &
    namespaces=$!
    ours='--mount --pid --uts --ipc --cgroup --root --wd'
    # shellcheck disable=SC2317
    inside() { nsenter_ "--net $ours" "$1"; }
    # shellcheck disable=SC2317
    online() { nsenter_ "$ours" "$1"; }
    # shellcheck disable=SC2317
    curl() { command nsenter --net --target "$(process_1)" curl "$@"; }
    until inside 'systemctl is-system-running' 2>/dev/null | grep -qx 'running\|degraded'; do
        kill -0 "$namespaces" 2>/dev/null || fail "systemd has ended: $(cat "$root/systemd")"
        [ $(($(date +%s) - began)) -lt 1200 ] || fail 'systemd does not get ready'
        sleep 1
    done
    say "$(inside 'systemctl --version' | head -n 1) is its process 1"
}

process_1() {
    pgrep -P "$namespaces"
}

nsenter_() { # options command
    # shellcheck disable=SC2086 # words on purpose
    nsenter $1 --target "$(process_1)" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive sh -c "cd /src && $2"
}

# ---- a capsule's story ----------------------------------------------------------------------------

ask() { # path JSON: the answer's status, its body in $root/answer
    curl -s -m 20 -o "$root/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
        -d "$2" "http://127.0.0.1:$port/api/v1/$1"
}

expect() { # status what path JSON
    got=$(ask "$3" "$4") || true
    [ "$got" = "$1" ] || fail "$2: $got instead of $1: $(cat "$root/answer" 2>/dev/null)"
    say "$2: $got"
}

put() { # seconds until it opens: $opens and $key
    opens=$(($(date +%s) + $1))
    expect 201 put capsules "{\"name\":\"$program\",\"opens_at\":$opens,\"content\":\"words for $release\"}"
    key=$(sed -n 's/.*"key":"\([^"]*\)".*/\1/p' "$root/answer")
}

open_early() {
    expect 403 "open early" capsules/open "{\"key\":\"$key\"}"
}

open_in_time() {
    while [ "$(date +%s)" -lt "$opens" ]; do
        sleep 1
    done
    expect 200 open capsules/open "{\"key\":\"$key\"}"
    grep -q "words for $release" "$root/answer" || fail "the words are others: $(cat "$root/answer")"
}

# shellcheck disable=SC2034 # of those programs
began=$(date +%s) port=$((20000 + $$ % 20000))
