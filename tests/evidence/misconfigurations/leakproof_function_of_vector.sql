-- check: leakproof_function
-- object: public.l2_distance(public.vector,public.vector)
ALTER FUNCTION l2_distance(vector, vector) LEAKPROOF;
