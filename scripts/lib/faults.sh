# shellcheck shell=bash
# What the files of scripts/faults share. To be sourced, after say.sh; PROGRAM names the program. Everything lives in a temporary folder and ends with
# the shell.
#
#     faults_begin
#     serve "$FOLDER/db.sqlite3"          # sets SERVER (its process) and URL
#     save 20 "$FOLDER/acknowledged"      # prints how many of 20 saves were acknowledged
#     row "power cut" "$times" "$lost" "$false"

FOLDER=""
SERVER=""
URL=""
MOUNTS=()
FAULT_STARTED=0
FAULT_PASSWORD="correct horse battery"

faults_begin() {
    [[ -x ${PROGRAM:-} ]] || fail "PROGRAM names no program"
    FOLDER=$(mktemp -d /var/tmp/sla-monitor-faults.XXXXXX)
    FAULT_STARTED=$SECONDS
    trap faults_end EXIT
}

faults_end() {
    server_kill
    local mount
    for mount in "${MOUNTS[@]}"; do
        umount "$mount" 2>/dev/null || true # it may not be mounted at the moment
    done
    if declare -F postgres_stop >/dev/null; then postgres_stop; fi
    rm -rf "$FOLDER"
}

# A database with the superuser `ada`.
database_make() {
    "$PROGRAM" migrate --database-url "$1" >/dev/null
    SLA_MONITOR_SUPERUSER_PASSWORD=$FAULT_PASSWORD "$PROGRAM" createsuperuser --noinput --username ada --database-url "$1" >/dev/null
}

# Starts a server on a free port; further arguments are options of `serve`.
serve() {
    local database=$1 attempt
    shift
    : >"$FOLDER/out"
    "$PROGRAM" serve --bind 127.0.0.1:0 --database-url "$database" "$@" >"$FOLDER/out" 2>>"$FOLDER/log" &
    SERVER=$!
    for attempt in {1..600}; do
        URL=$(sed -n 's|^listening on \(.*\)/$|\1|p' "$FOLDER/out")
        [[ -z $URL ]] || return 0
        kill -0 "$SERVER" 2>/dev/null || break
        sleep 0.05
    done
    tail -n 20 "$FOLDER/log" >&2
    fail "the server did not start (attempt $attempt)"
}

server_kill() {
    [[ -n $SERVER ]] || return 0
    kill -KILL "$SERVER" 2>/dev/null || true # it may have ended
    wait "$SERVER" 2>/dev/null || true
    SERVER=""
}

# Logs in and saves so many labels; appends the value of each acknowledged one to a file.
save() {
    python3 scripts/lib/saver.py "$URL" "$FAULT_PASSWORD" "$1" "$2"
}

# Starts four writers that save until the server has stopped, and waits until each of them has an acknowledged save more than before. They append to
# $FOLDER/acknowledged.1 to .4 and log in once for all servers.
writers_start() {
    local writer attempt began
    for writer in 1 2 3 4; do
        touch "$FOLDER/acknowledged.$writer"
        began[writer]=$(wc -l <"$FOLDER/acknowledged.$writer")
        python3 scripts/lib/saver.py "$URL" "$FAULT_PASSWORD" 0 "$FOLDER/acknowledged.$writer" "$FOLDER/session.$writer" >/dev/null &
    done
    for writer in 1 2 3 4; do
        for attempt in {1..600}; do
            [[ $(wc -l <"$FOLDER/acknowledged.$writer") -le ${began[writer]} ]] || break
            sleep 0.05
        done
        [[ $attempt -lt 600 ]] || fail "writer $writer saves nothing"
    done
}

# How many of the values in a file the database lacks.
missing() {
    python3 - "$1" "$2" <<'END'
import sqlite3, sys
stored = {row[0] for row in sqlite3.connect(sys.argv[1]).execute("SELECT value FROM label")}
print(sum(line.rstrip("\n") not in stored for line in open(sys.argv[2])))
END
}

# Whether a SQLite database is whole, with an entry of the audit log for each label.
is_whole() {
    python3 - "$1" <<'END'
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1])
one = lambda sql: conn.execute(sql).fetchone()[0]
whole = one("PRAGMA integrity_check") == "ok"
audited = one("SELECT count(*) FROM label") == one("SELECT count(*) FROM log_entry WHERE content_type = 'sla.label'")
sys.exit(not (whole and audited))
END
}

# A row of the table.
row() {
    printf '| %s | %s | %s | %s | %s |\n' "$1" "$2" "$3" "$4" "$((SECONDS - FAULT_STARTED))"
    FAULT_STARTED=$SECONDS
}
