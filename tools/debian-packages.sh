#!/bin/sh
# Installs those of the named Debian packages that are missing. Where that is not possible (another system, not
# root, no network) it says so in one line and leaves the rest to those who need them.
set -u

missing=
for package in "$@"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "not installed, and not installable from here:$missing" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
echo "installing$missing" >&2
# The list of packages is split into words on purpose.
# shellcheck disable=SC2086
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 ||
    echo "could not be installed:$missing" >&2
exit 0
