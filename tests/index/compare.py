"""Whether an index gives what the table of schema.sql holds: it is asked, and in the same snapshot the table itself."""

import time

DIMENSIONS = 16
SMALL = "embedding <-> %(near)s"
LARGE = ("(embedding || array_fill(0, ARRAY[944])::vector)::vector(960)"
         " <-> (%(near)s || array_fill(0, ARRAY[944])::vector)::vector(960)")
ASK_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"
ASK_TABLE = "SET LOCAL enable_seqscan = on; SET LOCAL enable_sort = on; SET LOCAL enable_indexscan = off"


def compare(connection, by, tenants, near, limit=None, chance=None):
    """Asks the index and the table in one snapshot; gives what differs."""
    one = len(tenants) == 1
    query = f"""SELECT id, tenant, {by} FROM item WHERE tenant = {'%(tenants)s' if one else 'ANY (%(tenants)s)'}
        ORDER BY {by}{f' LIMIT {limit}' if limit else ''}"""
    parameters = {"tenants": tenants[0] if one else tenants, "near": near}
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SET LOCAL tenancy.recall_bound = 100")
        connection.execute(ASK_INDEX)
        plan = "\n".join(line for line, in connection.execute(f"EXPLAIN (COSTS OFF) {query}", parameters))
        if " using item_" not in plan or "Order By" not in plan:
            return [f"the index is not used: {plan[:200]} … {plan[-100:]}"]
        if chance and chance.random() < 0.2:
            found = pausing(connection, query, parameters, chance)
        else:
            found = connection.execute(query, parameters).fetchall()
        connection.execute(ASK_TABLE)
        there = connection.execute(query, parameters).fetchall()
    return differences(f"tenants {tenants}, limit {limit}, near {near}, by {by[:15]}", tenants, found, there)


def pausing(connection, query, parameters, chance):
    """Reads through a cursor that others overtake."""
    with connection.cursor("pausing") as cursor:
        cursor.execute(query, parameters)
        found = cursor.fetchmany(5)
        time.sleep(chance.random() / 4)
        return found + cursor.fetchall()


def differences(what, tenants, found, there):
    wrong = []
    if foreign := {tenant for _, tenant, _ in found} - set(tenants):
        wrong.append(f"rows of others: {foreign}")
    ids = [id for id, _, _ in found]
    if len(ids) != len(set(ids)):
        wrong.append(f"doubled rows: {sorted(id for id in set(ids) if ids.count(id) > 1)[:10]}")
    # Equally distant rows may come in any order.
    if [distance for _, _, distance in found] != [distance for _, _, distance in there]:
        missing = sorted({id for id, _, _ in there} - set(ids))
        more = sorted(set(ids) - {id for id, _, _ in there})
        wrong.append(f"{len(found)} rows instead of {len(there)}, missing {missing[:10]}, too many {more[:10]}")
    return [f"{what}: {wrong}"] if wrong else []


def check_indexes(connection, table="item"):
    """What is wrong with the indexes of a table."""
    indexes = connection.execute("""
        SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class i ON i.oid = indexrelid JOIN pg_am a ON a.oid = relam
        WHERE indrelid = %s::regclass AND indisvalid AND amname = 'tenant_vector'""", [table])
    return [f"{index}: block {block}: {problem}" for index, in indexes.fetchall()
            for block, problem in connection.execute("SELECT * FROM tenancy.check_index(%s) LIMIT 5", [index])]


def compare_all(connection):
    """Compares the rows of all tenants, by each index."""
    [(tenants,)] = connection.execute("SELECT array_agg(DISTINCT tenant) FROM item WHERE tenant IS NOT NULL")
    return [what for by in (SMALL, LARGE) for what in compare(connection, by, tenants, str([0.5] * DIMENSIONS))]


def is_whole(connection):
    """What is wrong once nobody else is there: structure, rows, and what VACUUM leaves."""
    connection.execute("VACUUM (INDEX_CLEANUP ON) item")
    wrong = check_indexes(connection) + compare_all(connection)
    [(rows,)] = connection.execute("SELECT count(*) FROM item WHERE tenant IS NOT NULL")
    for index in ("item_small", "item_large"):
        [(entries,)] = connection.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [index])
        if entries != rows:
            wrong.append(f"{index} has {entries:.0f} entries for {rows} rows")
    return wrong
