-- Attack 18 with pg_dump itself: by the owner, with row security on and off, and by the application. Nobody whom the policies bind
-- gets a dump that looks well and is empty, or is of everything.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\getenv bindir PG_BINDIR
\if :{?bindir}
\set dump :bindir '/pg_dump -t world.note -d ' :DBNAME
\else
\set dump 'pg_dump -t world.note -d ' :DBNAME
\endif
\setenv DUMP :dump
ALTER ROLE regress_world_owner LOGIN;
-- How it ends, how many rows it has, and why there are no more.
\setenv TRY 'out=$(mktemp); $DUMP $ARGS >$out 2>$out.log; echo "status $?, rows $(grep -Ec "^(aca|610|INSERT)" $out)"; grep -io "error: .*" $out.log | cut -c1-120; rm -f $out $out.log'
\! ARGS="-U regress_world_owner"; eval "$TRY"
\! ARGS="-U regress_world_owner --enable-row-security"; eval "$TRY"
\! ARGS="-U regress_world_app --enable-row-security"; eval "$TRY"
\! ARGS="-U regress_world_app --enable-row-security --inserts"; eval "$TRY"
-- The control: who is exempt dumps everything.
\! ARGS="-U $($ADMIN -c 'SELECT current_user')"; eval "$TRY"
\i :suites/../fixtures/clear.sql
