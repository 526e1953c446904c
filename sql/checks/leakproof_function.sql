-- id: leakproof_function
-- severity: high
-- title: Function marked LEAKPROOF by hand
-- why: Leakproof functions run before row security filters rows, on all tenants' values and statistics. One that tells of
-- why: its arguments, in an error for instance, tells them to whoever asks. Postgres leaves its own unmarked for that.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, p.oid AS object_id, p.oid::regprocedure::text AS object,
       format('%s is marked LEAKPROOF', p.oid::regprocedure) AS message,
       format('ALTER FUNCTION %s NOT LEAKPROOF;', p.oid::regprocedure) AS remediation
FROM pg_proc p
WHERE p.proleakproof
  -- Those of extensions are theirs to answer for; vector marks none.
  AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' AND e.extname <> 'vector')
  -- Those of Postgres that are marked as it comes, of all versions up to 18: comparisons, digests and casts that cannot fail.
  AND (p.oid >= 16384 OR current_setting('server_version_num')::integer < 190000)
  AND NOT (p.oid < 16384
           AND (p.proname ~ concat(
                    '^((var)?bit|bool|bpchar(_pattern_)?|bytea|cash_|char|circle_|date_|float(4|8|48|84)|int(2|4|8|24|28|42|48|82|84)',
                    '|interval_|lseg_|macaddr8?_|name|network_|oid(vector)?|pg_lsn_|text(_|_pattern_)?|tid|time(stamp)?(tz)?_|uuid_',
                    '|xid8?)(eq|neq?|lt|le|gt|ge|cmp)$')
                OR p.proname ~ concat(
                    '^(bt(bool|(bpchar|text)_pattern_|char|float(4|8|48|84)|int(2|4|8|24|28|42|48|82|84)|name|nametext|oid(vector)?|text',
                    '|textname|tid)cmp|name(eq|ne|lt|le|gt|ge)text|text(eq|ne|lt|le|gt|ge)name|cideq|xidn?eqint4',
                    '|(bpchar|bytea|text)_(larg|small)er|starts_with|crc32c?|md5|sha(224|256|384|512)|uuid_extract_(timestamp|version)',
                    '|gen_random_uuid)$')
                OR p.oid::regprocedure::text ~ concat(
                    '^(bool\(integer\)|bytea\((smallint|integer|bigint)\)|float4\((smallint|integer|bigint)\)',
                    '|float8\((smallint|integer|bigint|real)\)|int4\((smallint|boolean)\)|int8\((smallint|integer|oid)\)',
                    '|"interval"\(time without time zone\)|macaddr8\(macaddr\)|name\((text|character|character varying)\)',
                    '|"numeric"\((smallint|integer|bigint|real|double precision)\)|text\(name\)|"varchar"\(name\))$')))
