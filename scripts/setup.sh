#!/bin/sh
# Makes .venv with the pinned packages of requirements.txt, with "build" what an application's tests need besides, and
# with "dev" all of requirements-dev.txt. Safe to repeat: a stamp in .venv holds what it was made from, and only a change
# makes it anew.
set -eu
cd "$(dirname "$0")/.."

is_stamped() { # stamp, file ...
    stamp=$1
    shift
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(cat "$@" | cksum)" ]
}

pip_install() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input "$@"
}

install() { # stamp, requirements, file ...
    stamp=$1
    requirements=$2
    shift 2
    echo "Installing the packages of $requirements into .venv (about a minute) ..."
    pip_install -r "$requirements"
    cat "$@" | cksum >"$stamp"
}

# Whoever builds tries what they have built: seconds, where the house's own suites and checks need a minute.
install_pytest() {
    echo "Installing pytest into .venv, for the tests of applications ..."
    if pip_install -c requirements-dev.txt pytest pytest-django; then
        cat requirements.txt requirements-dev.txt | cksum >.venv/.requirements-build
    else
        echo "pytest could not be installed, and the next start tries again: the site does not need it." >&2
    fi
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

if [ "${1:-}" = build ] && ! is_stamped .venv/.requirements-dev requirements.txt requirements-dev.txt &&
    ! is_stamped .venv/.requirements-build requirements.txt requirements-dev.txt; then
    install_pytest
fi
