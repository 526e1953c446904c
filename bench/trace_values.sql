-- The values of a row like the one in tenancy.decision_trace, as an INSERT has them.
--   given  the columns that are parameters, by their names
--   id     what makes an id
SELECT string_agg(CASE attname
                      WHEN 'trace_id' THEN :'id'
                      WHEN 'recorded_at' THEN 'clock_timestamp()'
                      WHEN 'written_in' THEN 'pg_current_xact_id()::text::bigint'
                      ELSE CASE WHEN attname = ANY (:'given') THEN ':' || attname
                                ELSE quote_nullable(to_jsonb(d) ->> attname) END || '::' || coalesce(nullif(typbasetype, 0), atttypid)::regtype
                  END, ', ' ORDER BY attnum)
FROM tenancy.decision_trace d, pg_attribute JOIN pg_type t ON t.oid = atttypid
WHERE attrelid = 'tenancy.decision_trace'::regclass AND attnum > 0 AND NOT attisdropped;
