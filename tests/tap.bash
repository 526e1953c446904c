# shellcheck shell=bash
# For test programs in bash: TAP lines, and psql against the server of the environment.

done=0 failed=0

# is WHAT GOT EXPECTED, like WHAT GOT PATTERN
is() { report "$1" "$([ "$2" = "$3" ] && echo ok)" "got: $2" "expected: $3"; }
like() { report "$1" "$(grep -q -- "$3" <<<"$2" && echo ok)" "got: $2" "expected to find: $3"; }

# succeeds WHAT COMMAND… and fails WHAT COMMAND…: what it prints is shown when it does otherwise.
succeeds() { local output status=0; output=$("${@:2}" 2>&1) || status=$?; report "$1" "$([ "$status" = 0 ] && echo ok)" "$output"; }
fails() { local output status=0; output=$("${@:2}" 2>&1) || status=$?; report "$1" "$([ "$status" != 0 ] && echo ok)" "$output"; }

report() {
    done=$((done + 1))
    if [ "$2" = ok ]; then
        printf 'ok %d - %s\n' "$done" "$1"
    else
        failed=$((failed + 1))
        printf 'not ok %d - %s\n' "$done" "$1"
        printf '%s\n' "${@:3}" | head -n 40 | sed 's/^/#   /'
    fi
}

finish() {
    printf '1..%d\n' "$done"
    [ "$failed" = 0 ]
}

# ask DATABASE SQL…: what the superuser gets; each statement is a transaction of its own.
ask() { psql_as postgres "$1" "${@:2}"; }

# psql_as ROLE DATABASE SQL…: rows as text, errors as their SQLSTATE.
psql_as() {
    local statements=() sql
    for sql in "${@:3}"; do
        statements+=(-c "$sql")
    done
    "$PG_BINDIR/psql" -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -U "$1" -d "$2" "${statements[@]}" 2>&1
}
