-- check: unknown_index_method
-- object: work.chunk_near
-- hnsw by another name.
CREATE ACCESS METHOD nearby TYPE INDEX HANDLER public.hnswhandler;
CREATE OPERATOR CLASS nearby_ops FOR TYPE vector USING nearby AS
    OPERATOR 1 <-> (vector, vector) FOR ORDER BY float_ops, FUNCTION 1 vector_l2_squared_distance(vector, vector);
CREATE INDEX chunk_near ON work.chunk USING nearby (embedding nearby_ops);
