# shellcheck shell=bash
# What the scripts that build and try packages share. To be sourced, after say.sh and packages.sh.

PACKAGING="$PWD/target/packages"
CARGO_DEB=3.8.0

# cargo-deb, below target/.
cargo_deb_install() {
    if [[ "$("$PACKAGING/tools/bin/cargo-deb" --version 2>/dev/null)" == *" $CARGO_DEB" ]]; then
        echo "all there"
    else
        cargo install --locked --root "$PACKAGING/tools" --version "$CARGO_DEB" cargo-deb
    fi
}

# What Debian's tools for packages come from.
packaging_install() {
    local missing=()
    export PATH="$PATH:/usr/sbin:/sbin"
    command -v dpkg-shlibdeps >/dev/null || missing+=(dpkg-dev)
    command -v lintian >/dev/null || missing+=(lintian)
    command -v debootstrap >/dev/null || missing+=(debootstrap)
    command -v groff >/dev/null || missing+=(groff-base)
    command -v ip >/dev/null || missing+=(iproute2)
    command -v systemd-nspawn >/dev/null || missing+=(systemd-container)
    command -v curl >/dev/null || missing+=(curl)
    if [[ ${#missing[@]} -gt 0 ]]; then packages_add "${missing[@]}"; else echo "all there"; fi
}

# The release of Debian that packages are built for and tried on: that of this host.
debian_release() {
    sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# Waits until a URL answers with a status; the process that should answer is named second.
wait_for() {
    local url=$1 process=$2 wanted=${3:-200} attempt
    for attempt in {1..1200}; do
        [[ $(curl --silent --output /dev/null --write-out '%{http_code}' "$url") != "$wanted" ]] || return 0
        kill -0 "$process" 2>/dev/null || break
        sleep 0.05
    done
    fail "$url does not answer with $wanted (attempt $attempt)"
}

# Ends a process as systemd and Docker do, and expects that it ends well.
stop() {
    kill -TERM "$1"
    wait "$1" || fail "the program ended with status $? on SIGTERM"
}

# Expects that a command ends with a status, and that its output has a text.
expect() {
    local status=$1 text=$2 said code=0
    shift 2
    said=$("$@" 2>&1) || code=$?
    [[ $code -eq $status && $said == *"$text"* ]] || fail "$* ended with $code and said: $said"
    echo "$* → $text"
}
