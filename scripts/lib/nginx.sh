# shellcheck shell=bash
# nginx, beside which scrapes are measured. To be sourced, after say.sh and packages.sh.
# Only its program is used, with settings of our own; no service of the host is started, stopped or asked.

nginx_install() {
    export PATH="$PATH:/usr/sbin" # where Debian has it, and where not every user looks
    if command -v nginx >/dev/null; then
        echo "all there"
        return
    fi
    command -v apt-get >/dev/null || fail "missing here: nginx (the name is Debian's)"
    echo "installing nginx"
    as_root apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends nginx >/dev/null
    command -v nginx >/dev/null || fail "installed, and still not there: nginx"
}
