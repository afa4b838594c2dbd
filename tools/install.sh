#!/bin/sh
# Makes .venv with the pinned dependencies and the console command; does nothing when that is up to date.
# --dev adds the tools of development, --bench the other simulators that measurements compare with.
set -eu
cd "$(dirname "$0")/.."

UV="uv==0.13.9"
VENV=.venv
PY=$VENV/bin/python

say() { echo "install: $*" >&2; }
fail() { say "$*"; exit 2; }

# What an installation was made from: the pinned versions, the package's own description, and the place, since
# the scripts in .venv/bin name it.
wanted() { { pwd -P; cat "$@" pyproject.toml; } | cksum; }

is_current() { [ -f "$1" ] && [ "$(cat "$1")" = "$(wanted "$2")" ] && "$PY" -c '' 2>/dev/null; }

find_python() {
    reason="no python3 was found"
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        if ! "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            reason="$candidate is Python $version"
        elif ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            reason="Python $version lacks venv (on Debian: apt-get install python$version-venv)"
        else
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or later with venv is needed; $reason. Name one with PYTHON=/path/to/python3.11 make install"
}

make_environment() {
    "$PY" -c '' 2>/dev/null && "$PY" -m pip --version >/dev/null 2>&1 && return
    python=$(find_python) || exit 2
    say "making $VENV with $("$python" --version)"
    rm -rf "$VENV"
    "$python" -m venv "$VENV" || fail "$python could not make $VENV"
}

# uv is ten times as fast; pip knows more of the world (its configuration, its mirrors) and is the way out.
install_packages() {
    say "installing $1"
    if "$PY" -m pip install --quiet --disable-pip-version-check "$UV" 2>/dev/null &&
        "$VENV/bin/uv" pip install --quiet --compile-bytecode --python "$PY" -r "$1"; then
        return
    fi
    say "uv did not manage; trying pip"
    "$PY" -m pip install --quiet --disable-pip-version-check -r "$1" || fail "$1 could not be installed; see above"
}

install_greenlane() {
    if [ -x "$VENV/bin/uv" ] && "$VENV/bin/uv" pip install --quiet --python "$PY" --no-deps --editable .; then
        return
    fi
    "$PY" -m pip install --quiet --disable-pip-version-check --no-deps --editable . ||
        fail "the package itself could not be installed; see above"
}

if ! is_current "$VENV/.installed" requirements.lock; then
    make_environment
    install_packages requirements.lock
    install_greenlane
    wanted requirements.lock >"$VENV/.installed"
fi
if [ "${1:-}" = --dev ] && ! is_current "$VENV/.installed-dev" requirements-dev.lock; then
    install_packages requirements-dev.lock
    wanted requirements-dev.lock >"$VENV/.installed-dev"
fi
if [ "${1:-}" = --bench ] && ! is_current "$VENV/.installed-bench" requirements-bench.lock; then
    # Measured without those that cannot be had here.
    if (install_packages requirements-bench.lock); then
        wanted requirements-bench.lock >"$VENV/.installed-bench"
    fi
fi
"$PY" tools/compile_translations.py
