# shellcheck shell=bash
# How the scripts talk. To be sourced.

step() {
    printf '\n==> %s\n' "$*"
}

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
