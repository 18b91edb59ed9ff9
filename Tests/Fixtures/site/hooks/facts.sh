# shellcheck shell=bash
# Sourced by the bash hooks, outside and inside the deployment.

# require CLAUSE COMMAND...: fails the hook with the clause's text unless COMMAND succeeds.
require() {
  local clause=$1
  shift
  if ! "$@"; then
    echo "The hook contract is broken: $clause" >&2
    exit 1
  fi
}

# refuse CLAUSE COMMAND...: the same when COMMAND succeeds.
refuse() {
  local clause=$1
  shift
  if "$@" 2>/dev/null; then
    echo "The hook contract is broken: $clause" >&2
    exit 1
  fi
}

# fact HOOK NAME VALUE: remembers a value for the manifest.
fact() {
  mkdir -p "$EIB_TMPDIR/site-facts/$1"
  printf '%s' "$3" >"$EIB_TMPDIR/site-facts/$1/$2"
}
