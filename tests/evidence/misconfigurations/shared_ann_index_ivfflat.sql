-- check: shared_ann_index
-- object: work.chunk_near
SET client_min_messages = error;
SET tenancy.guard = off;
CREATE INDEX chunk_near ON work.chunk USING ivfflat (embedding vector_l2_ops) WITH (lists = 1);
