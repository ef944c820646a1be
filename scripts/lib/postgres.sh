# shellcheck shell=bash
# A PostgreSQL of our own, in a temporary folder, on a free port of loopback. To be sourced, after say.sh.
# It asks for no password, and commits do not wait for the disk unless it is started as durable: for tests and measurements, never
# for data. No service of the host is started, stopped or asked.
#
#     trap postgres_stop EXIT
#     postgres_start            # sets POSTGRES_URL
#     postgres_start durable    # with the server's defaults: each commit is on the disk

POSTGRES_FOLDER=""
POSTGRES_URL=""

postgres_start() {
    local port attempt
    POSTGRES_FOLDER=$(mktemp -d "$(postgres_parent "${1:-}")/sla-monitor-postgres.XXXXXX") # short: a socket's path may have 107 bytes
    [[ $(id -u) -ne 0 ]] || chown postgres: "$POSTGRES_FOLDER"

    postgres_run initdb --pgdata=data --username=sla --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    cat >>"$POSTGRES_FOLDER/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$POSTGRES_FOLDER'
max_connections = 200
END
    [[ ${1:-} == durable ]] || cat >>"$POSTGRES_FOLDER/data/postgresql.conf" <<END
fsync = off
full_page_writes = off
synchronous_commit = off
END
    # Between the choice of a free port and its use another process may take it; then another one is chosen.
    for attempt in 1 2 3; do
        port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
        if postgres_run pg_ctl start --pgdata=data --wait --timeout=60 --log=log --options="-p $port" >/dev/null; then
            POSTGRES_URL="postgres://sla@127.0.0.1:$port/postgres"
            echo "PostgreSQL listens at $POSTGRES_URL"
            return
        fi
        echo "PostgreSQL did not start on port $port (attempt $attempt of 3)" >&2
    done
    cat "$POSTGRES_FOLDER/log" >&2
    fail "PostgreSQL does not start; its log is above"
}

# Where the folder is made: in memory, if that has room, since each test has a database of its own; one that is durable, on the disk.
postgres_parent() {
    local free
    free=$(df --output=avail --block-size=G /dev/shm 2>/dev/null | tail -n 1 | tr -dc 0-9) || true
    if [[ $1 != durable && ${free:-0} -ge 4 && -w /dev/shm ]]; then
        echo /dev/shm
    else
        echo /tmp
    fi
}

# Safe to call at any time and more than once.
postgres_stop() {
    [[ -n $POSTGRES_FOLDER ]] || return 0
    if [[ -e $POSTGRES_FOLDER/data/postmaster.pid ]]; then
        postgres_run pg_ctl stop --pgdata=data --wait --mode=immediate >/dev/null || true # the folder is deleted in any case
    fi
    rm -rf "$POSTGRES_FOLDER"
    POSTGRES_FOLDER=""
    POSTGRES_URL=""
}

# Runs one of PostgreSQL's programs in our folder; the server refuses to be root's, so root becomes `postgres` for it.
postgres_run() (
    cd "$POSTGRES_FOLDER" || exit
    program="$(postgres_programs)/$1"
    shift
    if [[ $(id -u) -eq 0 ]]; then
        runuser -u postgres -- "$program" "$@"
    else
        "$program" "$@"
    fi
)

# The folder of the server's programs: the newest that Debian installed, else wherever the PATH has them.
postgres_programs() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort | tail -n 1)
    if [[ -x $newest/initdb ]]; then
        echo "$newest"
    else
        dirname "$(command -v initdb || echo /nowhere/initdb)"
    fi
}
