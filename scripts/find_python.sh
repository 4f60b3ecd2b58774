#!/bin/sh
# Prints a Python that this project can use: 3.11 or newer, with venv and SQLite 3.35. PYTHON names one.
set -eu

usable='import ensurepip, sqlite3, sys, venv; sys.exit(sys.version_info < (3, 11) or sqlite3.sqlite_version_info < (3, 35))'
for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
    if "$name" -c "$usable" 2>/dev/null; then
        command -v "$name"
        exit 0
    fi
done

echo "This project needs Python 3.11 or newer with venv and SQLite 3.35 or newer, and found none." >&2
for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
    version=$("$name" --version 2>/dev/null) || continue
    echo "  $name is $version, which is too old or lacks venv, ensurepip or SQLite 3.35." >&2
done
echo "On Debian or Ubuntu: apt install python3 python3-venv. Or name one: make run PYTHON=/path/to/python3" >&2
exit 1
