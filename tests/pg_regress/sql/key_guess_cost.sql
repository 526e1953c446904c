-- Attack 36: the time that a guess costs does not tell an unknown key from a known one with another secret, nor from one of a
-- suspended tenant. In rounds that take turns, and by their medians; only a gross difference would show.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT secret AS gone FROM tenancy.create_key('acme', 'to be deleted') \gset
DELETE FROM tenancy.api_key WHERE name = 'to be deleted';
SELECT secret AS other FROM tenancy.create_key('acme', 'other') \gset
-- The digests change: the secrets that were shown match no longer.
UPDATE tenancy.api_key k SET secret_digest = sha256(k.secret_digest) WHERE name IN ('other', 'initech key');
CREATE TABLE world.took (kind text, round int, microseconds numeric);
GRANT INSERT, SELECT ON world.took TO regress_world_app;
CREATE PROCEDURE world.guess(kinds text[], keys text[]) LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
BEGIN
    FOR round IN 1 .. 30 LOOP
        FOR k IN 1 .. cardinality(kinds) LOOP
            began := clock_timestamp();
            FOR n IN 1 .. 20 LOOP
                BEGIN
                    PERFORM tenancy.bind(keys[k]);
                EXCEPTION WHEN invalid_authorization_specification OR insufficient_privilege THEN
                    NULL;
                END;
            END LOOP;
            INSERT INTO world.took VALUES (kinds[k], round, extract(microseconds FROM clock_timestamp() - began));
            COMMIT;
        END LOOP;
    END LOOP;
END $$;
\c - regress_world_app
CALL world.guess('{unknown,wrong secret,wrong secret of a suspended tenant}', ARRAY[:'gone', :'other', :'initech_key']);
SELECT kind, percentile_cont(0.5) WITHIN GROUP (ORDER BY microseconds)
       BETWEEN 0.5 * (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY microseconds) FROM world.took WHERE kind = 'unknown' AND round > 5)
           AND 2 * (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY microseconds) FROM world.took WHERE kind = 'unknown' AND round > 5) AS alike
FROM world.took WHERE round > 5 GROUP BY kind ORDER BY kind;
-- The answer is the same, too.
SELECT name, world.attempt(format('SELECT tenancy.bind(%L)', key)) FROM (VALUES (1, 'unknown', :'gone'), (2, 'wrong secret', :'other'), (3, 'of a suspended tenant', :'initech_key')) v (n, name, key) ORDER BY n;
\i :suites/../fixtures/clear.sql
