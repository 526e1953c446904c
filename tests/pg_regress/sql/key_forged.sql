-- Attack 36: keys that were guessed, mistyped, cut or put together. All are refused with 28000; an unknown key and a wrong
-- secret are one error.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT secret AS other_key FROM tenancy.create_key('acme', 'other') \gset
-- A key in the right form, with a right checksum: the id of one and the secret of another, or of nobody.
CREATE FUNCTION world.crc32(input bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE crc bigint := 4294967295; n int;
BEGIN
    FOR i IN 0 .. octet_length(input) - 1 LOOP
        crc := crc # get_byte(input, i);
        FOR n IN 1 .. 8 LOOP crc := CASE WHEN crc & 1 = 1 THEN (crc >> 1) # 3988292384 ELSE crc >> 1 END; END LOOP;
    END LOOP;
    RETURN substr(int8send(crc # 4294967295), 5);
END $$;
CREATE FUNCTION world.base32(input bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE bits text := ''; answer text := '';
BEGIN
    FOR i IN 0 .. octet_length(input) - 1 LOOP bits := bits || get_byte(input, i)::bit(8)::text; END LOOP;
    bits := rpad(bits, (length(bits) + 4) / 5 * 5, '0');
    FOR i IN 0 .. length(bits) / 5 - 1 LOOP
        answer := answer || substr('abcdefghijklmnopqrstuvwxyz234567', substr(bits, i * 5 + 1, 5)::bit(5)::int + 1, 1);
    END LOOP;
    RETURN answer;
END $$;
CREATE FUNCTION world.with_checksum(body text) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT body || world.base32(world.crc32(convert_to(body, 'UTF8'))) $$;
SELECT world.with_checksum(left(:'acme_key', 81)) = :'acme_key' AS checksum_is_right;

\c - regress_world_app
SELECT array_agg(name ORDER BY n) AS names, array_agg(format('SELECT tenancy.bind(%L)', key) ORDER BY n) AS binds
FROM (VALUES
    (1, 'the id of one and the secret of another', world.with_checksum(left(:'acme_key', 29) || substr(:'other_key', 30, 52))),
    (2, 'the id of another tenant''s key', world.with_checksum(left(:'globex_key', 29) || substr(:'acme_key', 30, 52))),
    (3, 'an unknown id', world.with_checksum('tk_' || world.base32(uuid_send('00000000-0000-4000-8000-000000000000')) || substr(:'acme_key', 30, 52))),
    (4, 'a secret of zeros', world.with_checksum(left(:'acme_key', 29) || repeat('a', 52))),
    (5, 'a secret off by one', world.with_checksum(left(:'acme_key', 29) || overlay(substr(:'acme_key', 30, 52) PLACING CASE substr(:'acme_key', 30, 1) WHEN 'b' THEN 'c' ELSE 'b' END FROM 1 FOR 1))),
    (6, 'stray bits', world.with_checksum(left(:'acme_key', 28) || '7' || substr(:'acme_key', 30, 52))),
    (7, 'another key''s checksum', left(:'acme_key', 81) || world.base32(world.crc32('\x00'))),
    (8, 'the prefix alone', 'tk_'),
    (9, 'its first half', left(:'acme_key', 44)),
    (10, 'one character less', left(:'acme_key', 87)),
    (11, 'one character more', :'acme_key' || 'a'),
    (12, 'a space before', ' ' || :'acme_key'),
    (13, 'a space after', :'acme_key' || ' '),
    (14, 'a line after', :'acme_key' || E'\n'),
    (15, 'upper case', upper(:'acme_key')),
    (16, 'upper case after the prefix', 'tk_' || upper(substr(:'acme_key', 4))),
    (17, 'another prefix', 'sk_' || substr(:'acme_key', 4)),
    (18, 'its id', :'acme_id'),
    (19, 'its digest', 'tk_' || repeat('0', 85)),
    (20, 'another script of the same width', overlay(:'acme_key' PLACING 'é' FROM 40 FOR 2)),
    (21, 'a megabyte', 'tk_' || repeat('a', 1048576)),
    (22, 'a wildcard', 'tk_%'),
    (23, 'SQL', :'acme_key' || ''' OR true --')
) v (n, name, key) \gset
CALL world.attempt_each(:'names', :'binds');
-- Cut at every place, and changed in every one.
SELECT left(world.attempt(format('SELECT tenancy.bind(%L)', left(:'acme_key', n))), 5) AS state, count(*) FROM generate_series(1, 87) n GROUP BY 1;
SELECT left(world.attempt(format('SELECT tenancy.bind(%L)', overlay(:'acme_key' PLACING CASE substr(:'acme_key', n, 1) WHEN 'b' THEN 'c' ELSE 'b' END FROM n FOR 1))), 5) AS state, count(*)
FROM generate_series(1, 88) n GROUP BY 1;
-- Changed in every one with the checksum made right again: a key of another id or secret, never accepted.
SELECT left(world.attempt(format('SELECT tenancy.bind(%L)', world.with_checksum(overlay(left(:'acme_key', 81) PLACING CASE substr(:'acme_key', n, 1) WHEN 'b' THEN 'c' ELSE 'b' END FROM n FOR 1)))), 5) AS state, count(*)
FROM generate_series(4, 81) n GROUP BY 1;
-- After every refusal nothing is bound, and the good key still works.
SELECT world.attempt('SELECT count(*) FROM world.note');
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\i :suites/../fixtures/clear.sql
