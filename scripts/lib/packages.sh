# shellcheck shell=bash
# The Debian packages that the tests need. To be sourced, after say.sh and postgres.sh.
# Asks for the thing itself, not for the package, so that a host which has it from elsewhere is left alone. Debian may
# start services of what it installs; nothing here uses them.

# The interpreter that sees Debian's Python packages, whatever else is first on the PATH.
SYSTEM_PYTHON=/usr/bin/python3

packages_install() {
    local missing
    export PATH="$PATH:/usr/sbin" # where Debian has servers, and where not every user looks
    command -v cargo >/dev/null || fail "no cargo: install a Rust toolchain first"
    command -v cc >/dev/null || fail "no C compiler: the bundled SQLite, libpq and OpenSSL are built with one"
    command -v perl >/dev/null || fail "no perl: OpenSSL's build asks for it"

    mapfile -t missing < <(packages_missing)
    if [[ ${#missing[@]} -eq 0 ]]; then
        echo "all there"
        return
    fi
    packages_add "${missing[@]}"
    mapfile -t missing < <(packages_missing)
    [[ ${#missing[@]} -eq 0 ]] || fail "installed, and still not there: ${missing[*]}"
}

# Installs packages by their names.
packages_add() {
    command -v apt-get >/dev/null || fail "missing here: $* (the names are Debian's)"
    echo "installing $*"
    as_root apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "$@" >/dev/null
}

packages_missing() {
    [[ -x "$(postgres_programs)/initdb" ]] || echo postgresql
    { command -v prometheus && command -v promtool; } >/dev/null || echo prometheus
    command -v curl >/dev/null || echo curl
    command -v chromium >/dev/null || echo chromium
    command -v chromedriver >/dev/null || echo chromium-driver
    command -v nginx >/dev/null || echo nginx
    command -v haproxy >/dev/null || echo haproxy
    command -v openssl >/dev/null || echo openssl
    command -v systemd-analyze >/dev/null || echo systemd
    command -v make >/dev/null || echo make # OpenSSL's build
    "$SYSTEM_PYTHON" -c 'import ensurepip' 2>/dev/null || echo python3-venv
    "$SYSTEM_PYTHON" -c 'import prometheus_client' 2>/dev/null || echo python3-prometheus-client
    "$SYSTEM_PYTHON" -c 'import requests' 2>/dev/null || echo python3-requests
    "$SYSTEM_PYTHON" -c 'import httpx' 2>/dev/null || echo python3-httpx
    "$SYSTEM_PYTHON" -c 'import yaml' 2>/dev/null || echo python3-yaml
    "$SYSTEM_PYTHON" -c 'import jsonschema' 2>/dev/null || echo python3-jsonschema
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
    command -v strace >/dev/null || echo strace
}

as_root() {
    if [[ $(id -u) -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "neither root nor sudo; as root, run: $*"
    fi
}
