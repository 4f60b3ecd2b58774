#!/bin/sh
# Makes .venv with the pinned packages of requirements.txt, and with "dev" those of requirements-dev.txt.
# Safe to repeat: a stamp in .venv holds what it was made from, and only a change makes it anew.
set -eu
cd "$(dirname "$0")/.."

is_stamped() { # stamp, file ...
    stamp=$1
    shift
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(cat "$@" | cksum)" ]
}

install() { # stamp, requirements, file ...
    stamp=$1
    requirements=$2
    shift 2
    echo "Installing the packages of $requirements into .venv (about a minute) ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r "$requirements"
    cat "$@" | cksum >"$stamp"
}

if ! is_stamped .venv/.requirements requirements.txt || ! .venv/bin/python -c '' 2>/dev/null; then
    python=$(sh scripts/find_python.sh)
    echo "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    "$python" -m venv .venv
    install .venv/.requirements requirements.txt requirements.txt
fi

if [ "${1:-}" = dev ] && ! is_stamped .venv/.requirements-dev requirements.txt requirements-dev.txt; then
    install .venv/.requirements-dev requirements-dev.txt requirements.txt requirements-dev.txt
fi
