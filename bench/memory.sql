-- Private memory of one backend while it binds one key after another.
SELECT pg_backend_pid() AS pid \gset
\setenv BACKEND :pid
\o /dev/null
SELECT format('SELECT tenancy.bind(%L)', secret) FROM bench.credential WHERE n < 100 \gexec
\! echo 100 $(grep RssAnon /proc/$BACKEND/status)
SELECT format('SELECT tenancy.bind(%L)', secret) FROM bench.credential WHERE n < 10000 \gexec
\! echo 10000 $(grep RssAnon /proc/$BACKEND/status)
SELECT format('SELECT tenancy.bind(%L)', secret) FROM bench.credential WHERE n < 20000 \gexec
\! echo 20000 $(grep RssAnon /proc/$BACKEND/status)
