#!/bin/sh
# make new NAME=desk: an application of one's own in the demo's place, its first administrator, and the site.
set -eu
cd "$(dirname "$0")/.."
name=${1:-}
file=${2:-} # a CSV file, whose records it is to hold
python=.venv/bin/python
build=dev # what serves the site for whoever builds on it, of the Makefile

if [ -z "$name" ]; then
    echo "Say how it is called: make new NAME=desk" >&2
    exit 2
fi
if [ -e "$name/declarations.py" ] &&
    sed -n '/^INSTALLED_APPS = /,/^]/p' capsule_site/settings.py | grep -q "^    \"$name\",$"; then
    echo "$name is there already: begin with $name/declarations.py." >&2
    echo "Go on with: make $build (or make admin, if nobody can sign in yet). Another one: make new NAME=..." >&2
    exit 1
fi
sh scripts/setup.sh build
# Whoever has answered three questions should not learn only then that another site is served there.
$python -m capsule_site.dev --check || { echo "Nothing was written." >&2; exit 1; }
$python manage.py startcapsule --without-demo ${file:+--from "$file"} -- "$name"

trap 'echo; echo "$name is written, and nothing else was begun. Go on with: make admin, then make $build" >&2; exit 130' INT
$python manage.py serve --prepare-only
if [ -t 0 ] || [ -n "${CAPSULE_ADMIN_PASSWORD:-}" ]; then
    echo "Who administers the site? (Later: make admin)"
    $python manage.py create_admin --first || echo "There is no administrator yet: make admin makes one."
else
    echo "There is no terminal to ask for an administrator in: make admin makes one."
fi
trap - INT
exec make "$build"
