-- One table under two indexes: of codes so small that many tenants share a page, and of codes so large that few rows
-- make a chain of many pages.
CREATE FUNCTION random_vector() RETURNS vector LANGUAGE sql VOLATILE
    RETURN (SELECT array_agg(random())::vector FROM generate_series(1, 16));

CREATE TABLE item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant integer,
    note integer NOT NULL DEFAULT 0,
    embedding vector(16)
) WITH (fillfactor = 80, autovacuum_enabled = off);
CREATE INDEX item_small ON item USING tenant_vector (tenant, embedding vector_l2_ops) WITH (bits = 4);
CREATE INDEX item_large ON item USING tenant_vector
    (tenant, ((embedding || array_fill(0, ARRAY[944])::vector)::vector(960)) vector_l2_ops) WITH (bits = 4);

CREATE UNLOGGED TABLE unlogged_item (LIKE item INCLUDING ALL);
