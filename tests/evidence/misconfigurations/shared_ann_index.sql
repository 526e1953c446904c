-- check: shared_ann_index
-- object: work.chunk_near
SET tenancy.guard = off;
CREATE INDEX chunk_near ON work.chunk USING hnsw (embedding vector_cosine_ops);
