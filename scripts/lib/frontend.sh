# shellcheck shell=bash
# The checkers of static/, TypeScript and prettier, at the versions and hashes of scripts/frontend/package-lock.json.
# To be sourced, after packages.sh. They live under target/, so `cargo clean` deletes them.

FRONTEND_FOLDER="$PWD/target/frontend"

frontend_install() {
    local lock=package-lock.json
    if cmp --silent "scripts/frontend/$lock" "$FRONTEND_FOLDER/$lock"; then
        echo "all there"
        return
    fi
    echo "installing what scripts/frontend/$lock names into ${FRONTEND_FOLDER#"$PWD"/}"
    rm -rf "$FRONTEND_FOLDER" "$FRONTEND_FOLDER.new"
    mkdir -p "$FRONTEND_FOLDER.new"
    cp scripts/frontend/package.json "scripts/frontend/$lock" "$FRONTEND_FOLDER.new"
    npm ci --prefix "$FRONTEND_FOLDER.new" --ignore-scripts --no-audit --no-fund --loglevel error
    mv "$FRONTEND_FOLDER.new" "$FRONTEND_FOLDER" # last, so that a broken installation is made anew
}

frontend_check() {
    "$FRONTEND_FOLDER/node_modules/.bin/prettier" --config scripts/frontend/prettier.json --check 'static/**/*.{css,js}'
    "$FRONTEND_FOLDER/node_modules/.bin/tsc" --project scripts/frontend
}
