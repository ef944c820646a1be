# shellcheck shell=bash
# The checkers that are programs of their own, and schemas, as built wheels, at the versions and hashes of tools.txt.
# To be sourced, after packages.sh. They live under target/, so `cargo clean` takes them along.

TOOLS_FOLDER="$PWD/target/tools"

# The environment sees Debian's Python packages: with its bin/ first on the PATH, `python3` has prometheus_client. What schemathesis needs
# is in an environment of its own, in the place of none of them.
tools_install() {
    checkers_install
    schemathesis_install
}

checkers_install() {
    local wanted=scripts/lib/tools.txt installed="$TOOLS_FOLDER/installed.txt"
    if cmp --silent "$wanted" "$installed"; then
        echo "all there"
        return
    fi
    echo "installing what $wanted names into ${TOOLS_FOLDER#"$PWD"/}"
    "$SYSTEM_PYTHON" -m venv --clear --system-site-packages "$TOOLS_FOLDER"
    "$TOOLS_FOLDER/bin/pip" --quiet --disable-pip-version-check install \
        --only-binary :all: --require-hashes --no-deps --requirement "$wanted"
    cp "$wanted" "$installed"
}

schemathesis_install() {
    local wanted=scripts/lib/schemathesis.txt folder="$TOOLS_FOLDER/schemathesis"
    if cmp --silent "$wanted" "$folder/installed.txt"; then
        return
    fi
    echo "installing what $wanted names into ${folder#"$PWD"/}"
    "$SYSTEM_PYTHON" -m venv --clear "$folder"
    "$folder/bin/pip" --quiet --disable-pip-version-check install \
        --only-binary :all: --require-hashes --no-deps --requirement "$wanted"
    ln --symbolic --force "$folder/bin/schemathesis" "$TOOLS_FOLDER/bin/schemathesis"
    cp "$wanted" "$folder/installed.txt"
}
