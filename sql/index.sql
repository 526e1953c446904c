-- The access method tenant_vector: an index of vectors, tenant first.

CREATE FUNCTION tenancy._tenant_vector_handler(internal) RETURNS index_am_handler
    LANGUAGE c AS 'MODULE_PATHNAME', 'tenancy_vector_handler';
CREATE ACCESS METHOD tenant_vector TYPE INDEX HANDLER tenancy._tenant_vector_handler;

-- The tenant's column: found by its type, so nobody has to name these.
CREATE OPERATOR CLASS tenancy.uuid_tenant_ops DEFAULT FOR TYPE uuid USING tenant_vector AS
    OPERATOR 1 pg_catalog.= (uuid, uuid);
CREATE OPERATOR CLASS tenancy.text_tenant_ops DEFAULT FOR TYPE text USING tenant_vector AS
    OPERATOR 1 pg_catalog.= (text, text);
CREATE OPERATOR FAMILY tenancy.integer_tenant_ops USING tenant_vector;
CREATE OPERATOR CLASS tenancy.int4_tenant_ops DEFAULT FOR TYPE int4 USING tenant_vector
    FAMILY tenancy.integer_tenant_ops AS
    OPERATOR 1 pg_catalog.= (int4, int4), OPERATOR 1 pg_catalog.= (int4, int8), OPERATOR 1 pg_catalog.= (int4, int2);
CREATE OPERATOR CLASS tenancy.int8_tenant_ops DEFAULT FOR TYPE int8 USING tenant_vector
    FAMILY tenancy.integer_tenant_ops AS
    OPERATOR 1 pg_catalog.= (int8, int8), OPERATOR 1 pg_catalog.= (int8, int4), OPERATOR 1 pg_catalog.= (int8, int2);

-- The vector's column: named as for the indexes of pgvector, in pgvector's schema, so that one who can write its types
-- can write these too.
DO $$
DECLARE
    vectors text := (SELECT extnamespace::regnamespace::text FROM pg_catalog.pg_extension WHERE extname = 'vector');
    element text;
    kind text;
    metric record;
BEGIN
    FOREACH element IN ARRAY ARRAY['vector', 'halfvec'] LOOP
        FOR metric IN VALUES ('l2', 2, '<->'), ('ip', 3, '<#>'), ('cosine', 4, '<=>') LOOP
            EXECUTE format(
                'CREATE OPERATOR CLASS %1$s.%2$I FOR TYPE %1$s.%3$I USING tenant_vector AS '
                'OPERATOR %4$s %1$s.%5$s (%1$s.%3$I, %1$s.%3$I) FOR ORDER BY pg_catalog.float_ops',
                vectors, element || '_' || metric.column1 || '_ops', element, metric.column2, metric.column3);
            FOREACH kind IN ARRAY ARRAY['CLASS', 'FAMILY'] LOOP
                EXECUTE format('COMMENT ON OPERATOR %s %s.%I USING tenant_vector IS %L',
                               kind, vectors, element || '_' || metric.column1 || '_ops',
                               format('orders the rows of a tenant by %s', metric.column3));
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;
