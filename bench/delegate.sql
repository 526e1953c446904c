-- In place of each key that may delegate, one that was delegated by one that it delegated.
DO $$
DECLARE
    client record;
    next   text;
BEGIN
    FOR client IN SELECT n, delegated FROM bench.credential WHERE n < 10 LOOP
        next := client.delegated;
        FOR generation IN 2 .. 3 LOOP
            PERFORM tenancy.bind(next);
            SELECT k.secret INTO next FROM tenancy.delegate_key('bench', '{read,write,key:delegate}') k;
        END LOOP;
        UPDATE bench.credential SET delegated = next WHERE n = client.n;
        COMMIT;
    END LOOP;
END
$$;
