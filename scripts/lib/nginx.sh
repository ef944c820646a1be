# shellcheck shell=bash
# nginx, beside which scrapes are measured. To be sourced, after say.sh and packages.sh.
# Only its program is used, with settings of our own; no service of the host is started, stopped or asked.

nginx_install() {
    export PATH="$PATH:/usr/sbin" # where Debian has it, and where not every user looks
    if command -v nginx >/dev/null; then
        echo "all there"
        return
    fi
    packages_add nginx
    command -v nginx >/dev/null || fail "installed, and still not there: nginx"
}
