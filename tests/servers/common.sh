# shellcheck shell=bash
# Sourced by the `run` of each server with its arguments: PORT [DIR].
#
# Such a `run` starts one server on 127.0.0.1:PORT, prints `ready URL` once it answers, and ends it
# on SIGTERM. Everything of the server is in DIR: started again with the same PORT and DIR it has
# the same data and the same URL, also after a kill -9. Without DIR it gets a folder that goes with
# it. For whoever started it there are in DIR:
#
#   url        what is printed behind `ready`
#   admin-url  the same server with all rights (where there are accounts)
#   pid        the server's own process, for a kill -9
#   log        what the server wrote since it was started
#   version    one line

set -euo pipefail

if (($# < 1 || $# > 2)) || [[ ! $1 =~ ^[0-9]+$ ]]; then
  echo "usage: $0 PORT [DIR]" >&2
  exit 2
fi

# Debian's server programs, for shells of ordinary users.
PATH="$PATH:/usr/sbin"
name=$(basename "$(cd "$(dirname "$0")" && pwd)")
port=$1
scratch=""
server=""
stop_signal=TERM

# A server that is left alone when this script is killed ends as well.
bind=()
if command -v setpriv >/dev/null; then
  bind=(setpriv --pdeathsig TERM --)
fi

clean_up() {
  trap '' INT TERM HUP
  stop_server
  [[ -z $scratch ]] || rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 0' TERM
trap 'exit 130' INT
trap 'exit 143' HUP

if (($# == 2)); then
  mkdir -p "$2"
  dir=$(cd "$2" && pwd -P)
else
  scratch=$(mktemp -d)
  dir=$scratch
fi
# Its password is nobody else's.
umask 077
log=$dir/log
: >"$log"
rm -f "$dir/pid"

# need PROGRAM PACKAGE
need() {
  command -v "$1" >/dev/null || fail "$1 is missing (Debian: $2)"
}

fail() {
  echo "$name: $1" >&2
  if [[ -s $log ]]; then
    echo "--- the end of its log ---" >&2
    tail -n 60 "$log" >&2
  fi
  exit 1
}

# Runs what prepares the data, its output kept for the case that it fails.
prepare() {
  "$@" >>"$log" 2>&1 </dev/null || fail "$(basename "$1") failed"
}

random_password() {
  od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

# A line that our own small programs print; scripts of other servers define their own question. That
# somebody listens on the port would not be enough: it could be somebody else.
answers() {
  grep -q '^listens on ' "$log"
}

# serve COMMAND…: starts the server, says when it is ready and stays until it ends.
serve() {
  local begun=$SECONDS status=0
  launch "$@"
  until answers >/dev/null 2>&1; do
    # Not every server ends when it cannot have its port.
    if ! kill -0 "$server" 2>/dev/null || grep -qi 'address already in use' "$log"; then
      stop_server
      # What was killed a moment ago may hold its files or its port a little longer.
      if [[ ! -e $dir/served ]] || ((SECONDS - begun >= 10)); then
        fail "ended while starting"
      fi
      launch "$@"
    fi
    ((SECONDS - begun < 90)) || fail "not ready after 90 s"
    sleep 0.1
  done
  touch "$dir/served"
  echo "ready $(<"$dir/url")"
  wait "$server" || status=$?
  server=""
  echo "$name: ended by itself (exit code $status)" >&2
  exit 1
}

launch() {
  : >"$log"
  "${bind[@]}" "$@" >>"$log" 2>&1 </dev/null &
  server=$!
  echo "$server" >"$dir/pid"
}

# Politely, and after five seconds for certain.
stop_server() {
  local tries
  [[ -n $server ]] || return 0
  kill "-$stop_signal" "$server" 2>/dev/null || return 0
  for ((tries = 0; tries < 50; tries++)); do
    kill -0 "$server" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$server" 2>/dev/null || true
}
