# shellcheck shell=bash
# A PostgreSQL cluster of our own. It listens on a Unix socket in a folder that only its owner may enter, on no
# network address at all; the cluster that Debian's package makes is left alone.

postgres_programs() {
    local newest
    newest="$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V | tail -n 1)"
    echo "/usr/lib/postgresql/$newest/bin"
}

# Names where the cluster is, for the programs of PostgreSQL and for Odoo.
use_cluster() {
    PG_BIN="$(postgres_programs)"
    CLUSTER="$CACHE/postgresql/$(basename "$(dirname "$PG_BIN")")"
    export PGHOST="$CACHE/postgresql/socket" PGPORT=5432 PGUSER=odoo PGDATABASE=postgres
    # A socket's path has 107 bytes on Linux.
    [ ${#PGHOST} -le 85 ] || die "the cache folder's path is too long for PostgreSQL's socket: $CACHE" \
        "set XDG_CACHE_HOME to a shorter path"
}

cluster_is_up() { "$PG_BIN/pg_isready" --quiet; }

sql() { "$PG_BIN/psql" --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }

build_cluster() {
    local work
    if [ ! -d "$CLUSTER" ]; then
        step "making a PostgreSQL cluster"
        mkdir -p "$CACHE/postgresql"
        install -d -m 0700 "$PGHOST"
        rm -rf "$CACHE"/postgresql/new.*
        work="$(mktemp -d "$CACHE/postgresql/new.XXXXXX")"
        # Odoo refuses the database user `postgres`. Trust is enough: the socket's folder is closed to all others.
        logged initdb "$PG_BIN/initdb" --pgdata="$work" --username="$PGUSER" --auth=trust --encoding=UTF8 --locale=C.UTF-8
        cat >>"$work/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$PGHOST'
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
CONF
        mv "$work" "$CLUSTER"
    fi
    if ! cluster_is_up; then
        step "starting PostgreSQL" "its log is $CACHE/log/postgresql.log"
        mkdir -p "$CACHE/log"
        "$PG_BIN/pg_ctl" --pgdata="$CLUSTER" --log="$CACHE/log/postgresql.log" --wait --timeout=60 start >/dev/null 9>&-
    fi
}

ensure_cluster() {
    use_cluster
    if ! cluster_is_up; then with_lock cluster build_cluster; fi
}

stop_cluster() {
    use_cluster
    if [ -e "$CLUSTER/postmaster.pid" ]; then
        step "stopping PostgreSQL"
        "$PG_BIN/pg_ctl" --pgdata="$CLUSTER" --mode=fast --wait stop >/dev/null || true
    fi
}
