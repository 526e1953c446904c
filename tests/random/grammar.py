"""Random statements of somebody who may run anything as the application, and knows its tables and the extension."""

import re

from values import constant

# Tables, and what their columns are.
COMMON = {"id": "bigint", "body": "text", "n": "bigint"}
SCOPED = {"tenant_id": "uuid", "scope": "tenancy.scope", **COMMON}
TABLES = {
    "app.note": {**SCOPED, "data": "jsonb", "tags": "text[]", "made_at": "timestamptz"},
    "app.line": {**SCOPED, "note_id": "bigint"},
    "app.item": {"tenant": "text", **COMMON},
    "app.event": {"tenant_number": "bigint", **COMMON},
    "app.event_even": {"tenant_number": "bigint", **COMMON},
    "app.event_other": {"tenant_number": "bigint", **COMMON},
    "app.base": {"tenant_id": "uuid", **COMMON},
    "app.child": {"tenant_id": "uuid", **COMMON, "more": "text"},
    "app.chunk": {**SCOPED, "embedding": "vector"},
    "app.price": SCOPED,
    "app.memo": SCOPED,
    "app.word": {"id": "bigint", "body": "text"},
}
VIEWS = {"app.note_line": {**SCOPED, "line": "text"}, "app.barrier": SCOPED, "app.owned()": TABLES["app.note"]}
# A floor reaches no table without scopes.
OFTEN = [*TABLES, "app.note", "app.line", "app.chunk", "app.price", "app.memo", "app.memo", "app.note", "app.chunk"]
SYSTEM = ["pg_stats", "pg_stats_ext", "pg_statistic", "pg_class", "pg_stat_all_tables", "pg_statio_all_tables", "pg_stat_activity",
          "pg_locks", "pg_prepared_statements", "pg_cursors", "pg_policies", "pg_settings", "pg_stat_user_indexes", "pg_proc",
          "pg_stat_xact_user_tables", "pg_largeobject", "pg_replication_slots", "pg_stat_database", "pg_sequences",
          "pg_file_settings", "pg_shmem_allocations", "pg_backend_memory_contexts", "information_schema.columns",
          "tenancy.tenant", "tenancy.api_key", "tenancy.key_list", "tenancy.tenant_list", "tenancy.budget", "tenancy.budget_lease",
          "tenancy.budget_status", "tenancy.decision_trace", "tenancy.usage", "tenancy.denial", "tenancy.trace_log",
          "tenancy.trace_checkpoint", "tenancy.read_grant", "tenancy.protected_table", "tenancy.key_use"]
CALLS = ["current_tenant()", "current_scope()", "context()", "current_user_id()", "current_budgets()", "unbind()",
         "current_tenant_as(NULL::text)", "current_tenant_as(NULL::bigint)", "current_tenant('write')", "whole_tenant('read')",
         "readable_tenants('app.memo')", "readable_tenants_as('app.price', NULL::bigint)", "is_protected()",
         "export_trace('acme')", "export_trace({tenant})", "verify_trace('acme')", "verify_trace({tenant})",
         "trace_verifiers({tenant})", "consistency_proof({tenant}, 0, 1)", "inclusion_proof({uuid})", "redact_trace({uuid})",
         "redact_trace({tenant}, now(), NULL, true)", "reserve('tokens', {bigint})", "settle({uuid}, {bigint})",
         "trace('tool_call', query => {text}, input_tokens => {bigint})", "trace({text})",
         "delegate_key({text}, scope_floor => {scope})", "row_visible('app.memo', {uuid}, {scope})",
         "row_visible('app.price', {text}, {scope})", "scope_visible({scope})", "scope_writable({scope})",
         "scope_join({scope}, {scope})", "bind({text})", "bind({text}, {jsonb})", "create_key({tenant}, 'k')",
         "grant_read({tenant}, 'acme', 'app.note')", "unprotect('app.note')", "protect('app.word', 'id')", "maintain()", "seal()",
         "set_budget('acme', 'tokens', NULL, 'day')", "check_index('app.chunk_nearest')", "budget_state({uuid}, {uuid}, 'tokens', 'day', 1)",
         "recall_plan(NULL::app.chunk, {vector}, {small})", "key_last_used({uuid})", "_tenant_deleted()", "_append_only()"]
# Functions that run what they are given, show what a table holds, or say how large it is.
LOOSE = ["query_to_xml({query}, true, true, '')", "table_to_xml('{table}', true, false, '')", "schema_to_xml('app', true, true, '')",
         "database_to_xml(true, false, '')", "ts_stat({query})", "app.run({query})", "app.bodies('.')", "app.say('x')",
         "pg_relation_size('{table}')", "pg_table_size('{table}')", "pg_stat_get_live_tuples('{table}'::regclass)",
         "pg_stat_get_tuples_inserted('{table}'::regclass)", "row_security_active('{table}')", "currtid2('{table}', '(0,1)')",
         "pg_get_viewdef('app.barrier')", "pg_read_file('postgresql.conf')", "lo_import('/etc/passwd')", "lo_creat(-1)",
         "pg_advisory_lock(1)", "pg_terminate_backend(pg_backend_pid())", "pg_export_snapshot()", "txid_current()",
         "pg_notify('c', {text})", "set_config('tenancy.session', {text}, false)", "set_config('tenancy.session', '', true)",
         "current_setting('tenancy.session')", "cursor_to_xml('c', 10, true, true, '')", "nextval('tenancy.tenant_tenant_number_seq')",
         "pg_get_functiondef('app.owned'::regproc)", "has_table_privilege('{table}', 'select')", "pg_partition_tree('app.event')",
         "pg_logical_emit_message(true, 'a', 'b')", "gin_clean_pending_list(1)", "brin_summarize_new_values(1)",
         "amvalidate(1)", "pg_log_backend_memory_contexts(1)", "pg_prewarm('{table}')", "pg_column_size(app.note) FROM app.note"]
SETTINGS = ["tenancy.unbound = 'empty'", "tenancy.unbound = 'error'", "tenancy.binding = 'session'", "tenancy.guard = off",
            "tenancy.session = ''", "tenancy.session = {text}", "tenancy.recall_bound = 0", "row_security = off", "role = random_owner",
            "role = tenancy_admin", "role = none", "session_authorization = postgres", "search_path = pg_temp, app",
            "session_replication_role = replica", "enable_seqscan = off", "enable_indexscan = off", "plan_cache_mode = force_generic_plan",
            "debug_print_plan = on", "client_min_messages = debug5", "debug_parallel_query = on", "jit = on", "log_statement = 'none'",
            "transaction_isolation = serializable", "constraint_exclusion = on", "enable_partition_pruning = off",
            "default_transaction_read_only = on", "xmlbinary = hex", "bytea_output = escape", "tenancy.record_denials = off",
            "lo_compat_privileges = on", "allow_system_table_mods = on", "local_preload_libraries = 'x'", "lc_messages = 'C'"]
DEFINITIONS = ["DROP POLICY tenancy_select ON {table}", "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", "TRUNCATE {table}",
               "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", "CREATE POLICY p ON {table} USING (true)",
               "CREATE TABLE app.t AS SELECT * FROM {table}", "CREATE TEMP TABLE note AS SELECT 1", "CREATE VIEW app.v AS TABLE {table}",
               "CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE RULE r AS ON SELECT TO {table} DO INSTEAD NOTHING",
               "GRANT ALL ON {table} TO PUBLIC", "REVOKE ALL ON {table} FROM random_app", "GRANT tenancy_admin TO random_app",
               "ALTER ROLE random_app SET tenancy.unbound = 'empty'", "ALTER ROLE random_app BYPASSRLS", "ANALYZE {table}",
               "VACUUM {table}", "CLUSTER {table}", "REINDEX TABLE {table}", "CREATE INDEX ON {table} (n)", "COMMENT ON TABLE {table} IS 'x'",
               "CREATE STATISTICS s ON id, n FROM {table}", "CREATE TRIGGER t AFTER INSERT ON {table} EXECUTE FUNCTION app.f()",
               "CREATE PUBLICATION p FOR TABLE {table}", "SECURITY LABEL ON TABLE {table} IS 'x'", "ALTER SYSTEM SET jit = off",
               "CREATE SCHEMA s", "CREATE SEQUENCE app.q", "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC",
               "DROP EXTENSION pg_tenancy CASCADE", "ALTER EXTENSION pg_tenancy UPDATE", "REFRESH MATERIALIZED VIEW app.v",
               "DROP OWNED BY random_app", "REASSIGN OWNED BY random_app TO random_owner", "CREATE CAST (text AS uuid) WITH INOUT",
               "CREATE OPERATOR app.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)", "CHECKPOINT", "LOAD 'pg_tenancy'",
               "IMPORT FOREIGN SCHEMA x FROM SERVER y INTO app", "CREATE DATABASE d", "ALTER TABLE {table} OWNER TO random_app",
               "ALTER TABLE app.event DETACH PARTITION app.event_even", "ALTER TABLE app.child NO INHERIT app.base"]
BOOLEAN = {
    "text": ["{0} ~ '{re}'", "{0} LIKE '%{d}%'", "{0} > {1}", "{0} = {1}", "{0}::int > 0", "{0}::uuid IS NULL", "length({0}) > {small}",
             "app.say({0})", "{0}::json IS NOT NULL", "(1 / (length({0}) - {small})) > 0", "{0} IN (SELECT body FROM {table})"],
    "bigint": ["{0} > {1}", "{0} = {1}", "{0} BETWEEN {1} AND {1}", "1 / ({0} - {small}) > 0", "{0}::smallint > 0", "{0}::text ~ '{d}'",
               "{0} IN (SELECT id FROM {table})", "app.say({0}::text)"],
    "uuid": ["{0} = {1}", "{0} <> {1}", "{0} = tenancy.current_tenant()", "{0} IN ({1}, {1})", "{0}::text::int > 0", "app.say({0}::text)"],
    "tenancy.scope": ["{0} = {1}", "{0} @> {1}", "tenancy.scope_visible({0})", "tenancy.scope_covers({1}, {0})", "{0}->>'team' = 'blue'",
                      "({0}->>'team')::int > 0"],
    "jsonb": ["{0} @> {1}", "{0} ? 'own'", "{0}::text::int > 0", "{0} = {1}"],
    "vector": ["{0} <=> {1} < 1", "{0} = {1}", "{0} <-> {1} > 0", "app.say({0}::text)"],
    "text[]": ["{0} && {1}", "'own' = ANY ({0})", "{0}::text::int > 0"],
    "timestamptz": ["{0} > {1}", "{0} = now()"],
}
SHOWN = ["{0}", "count(*)", "string_agg({0}::text, ',')", "max({0}::text)", "min({0}::text)", "array_agg({0})", "jsonb_agg({t})",
         "row_to_json({t})", "{t}::text", "sum(length({0}::text))", "{0}::text::bytea", "{0}::text || {text}", "{t}.ctid", "{t}.tableoid::regclass",
         "{0} IS NULL", "first_value({0}) OVER (ORDER BY {0}::text)", "rank() OVER (PARTITION BY {0}::text)", "lag({0}) OVER ()",
         "md5({0}::text)", "{t}.xmin", "(SELECT {0})", "(SELECT string_agg(body, ' ') FROM {table})", "CASE WHEN {bool} THEN {0} END",
         "ROW({0}, {t})", "hashtext({0}::text)", "tenancy.current_tenant()", "generate_series(1, 3)", "xmlelement(name x, {0}::text)"]


class Grammar:
    """Makes statements; of two with the same seed, the same."""

    def __init__(self, random):
        self.random = random
        self.kinds = [(getattr(self, name), weight) for name, weight in (
            ("select", 30), ("insert", 8), ("update", 8), ("delete", 5), ("merge", 4), ("with_writes", 4), ("copy", 4), ("cursor", 6),
            ("recall", 5), ("setting", 6), ("definition", 6), ("call", 10), ("loose", 6), ("system", 6), ("block", 4), ("savepoint", 4),
            ("explain", 2), ("prepared", 2), ("lock", 1), ("other", 3))]

    def statement(self):
        """One, or a few to be sent at once."""
        [(make, _)] = self.random.choices(self.kinds, [weight for _, weight in self.kinds])
        return make()

    def pick(self, some):
        return self.random.choice(list(some))

    def table(self):
        name = self.pick(OFTEN)
        return name, TABLES[name]

    def chance(self, of_hundred):
        return self.random.randrange(100) < of_hundred

    def fill(self, template):
        """A template with random values for what it names."""
        return re.sub(r"\{(table|small|d|re|tenant|query|text|bigint|uuid|jsonb|vector|scope)\}", lambda name: self.value(name[1]), template)

    def value(self, name):
        if name == "table":
            return self.pick(OFTEN)
        if name in ("small", "d"):
            return str(self.random.randrange(-2 if name == "small" else 0, 14))
        if name == "re":
            return self.pick(["^own", ".", "z", "^o.*[0-9]$", "x?"])
        if name == "tenant":
            return self.pick(["'acme'", "'zqxbglobex'", "NULL", "'shared'", "'b0e1b0e1-b0e1-4b0e-8b0e-b0e1b0e1b0e1'"])
        if name == "query":
            return "$q$" + self.select() + "$q$"
        return constant(self.random, "tenancy.scope" if name == "scope" else name)

    def source(self, alias):
        """Something to select from, and its columns."""
        name, columns = self.table() if self.chance(80) else self.pick(VIEWS.items())
        roll = self.random.randrange(20)
        if roll == 0 and "(" not in name:
            return f"{name} AS {alias} TABLESAMPLE {self.pick(['bernoulli', 'system'])} (90)", columns
        if roll == 1:
            return f"ONLY {name} AS {alias}" if "(" not in name else f"{name} AS {alias}", columns
        if roll == 2:
            return f"(SELECT * FROM {name} {self.pick(['', 'OFFSET 0', 'LIMIT 5', 'ORDER BY body'])}) AS {alias}", columns
        return f"{name} AS {alias}", columns

    def condition(self, alias, columns):
        column = self.pick(columns)
        kind = columns[column]
        text = self.pick(BOOLEAN[kind])
        text = self.fill(text.replace("{0}", f"{alias}.{column}")).replace("{1}", constant(self.random, kind))
        if self.chance(20):
            text = f"({text} {self.pick(['OR', 'AND'])} {self.condition(alias, columns)})"
        return f"NOT {text}" if self.chance(10) else text

    def shown(self, alias, columns):
        template = self.pick(SHOWN).replace("{0}", f"{alias}.{self.pick(columns)}").replace("{t}", alias)
        if "{bool}" in template:
            return template.replace("{bool}", self.condition(alias, columns))
        return self.fill(template)

    def select(self):
        source, columns = self.source("a")
        where = f" WHERE {self.condition('a', columns)}" if self.chance(70) else ""
        if self.chance(25):
            other, of_other = self.source("b")
            join = self.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN LATERAL"])
            on = "" if "CROSS" in join else f" ON {self.pick(['true', 'a.id = b.id', 'a.body < b.body', 'a.id = b.id AND ' + self.condition('b', of_other)])}"
            source += f" {join} {other}{on}"
        what = ", ".join(self.shown("a", columns) for _ in range(self.random.randrange(1, 4))) if self.chance(70) else "*"
        tail = self.pick(["", "", "", " ORDER BY 1", " ORDER BY a.body LIMIT 3", " LIMIT 2 OFFSET 1", " FOR UPDATE", " FOR SHARE SKIP LOCKED", " GROUP BY 1",
                          " GROUP BY ROLLUP (1)", " HAVING count(*) > 0", " FETCH FIRST 3 ROWS WITH TIES", " ORDER BY a.ctid DESC"])
        if "embedding" in columns and self.chance(60):
            tail = f" ORDER BY a.embedding {self.pick(['<=>', '<->', '<#>'])} {constant(self.random, 'vector')} LIMIT {self.random.randrange(1, 40)}"
        sql = f"SELECT {self.pick(['', '', 'DISTINCT '])}{what} FROM {source}{where}{tail}"
        if self.chance(8):
            sql += f" {self.pick(['UNION ALL', 'EXCEPT', 'INTERSECT', 'UNION'])} SELECT {self.shown('c', SCOPED)} FROM app.note AS c"
        return f"WITH w AS {self.pick(['', 'MATERIALIZED '])}({sql}) SELECT * FROM w" if self.chance(8) else sql

    def values(self, columns):
        """Values of a row, some of them left out or read from somewhere."""
        names = [name for name in columns if self.chance(80)] or list(columns)
        made = []
        for name in names:
            if self.chance(7):
                made.append("DEFAULT")
            elif self.chance(5) and columns[name] == "text":
                made.append(f"(SELECT min(body) FROM {self.pick(OFTEN)})")
            else:
                made.append(constant(self.random, columns[name]))
        return names, made

    def returning(self, columns):
        return f" RETURNING {self.pick(['*', self.pick(columns)])}" if self.chance(60) else ""

    def insert(self):
        name, columns = self.table()
        names, values = self.values(columns)
        sql = f"INSERT INTO {name} AS a ({', '.join(names)}) "
        sql += f"VALUES ({', '.join(values)})" if self.chance(75) else f"SELECT {', '.join(names)} FROM {name} LIMIT 2"
        if self.chance(35):
            change = self.pick(columns)
            sql += self.pick([" ON CONFLICT DO NOTHING", f" ON CONFLICT DO UPDATE SET {change} = excluded.{change}",
                              f" ON CONFLICT (tenant_id, id) DO UPDATE SET {change} = excluded.{change} WHERE a.id > 0"])
        return sql + self.returning(columns)

    def update(self):
        name, columns = self.table()
        change = self.pick(columns)
        value = self.pick([constant(self.random, columns[change]), "DEFAULT", f"a.{change}"])
        extra = f" FROM {self.pick(OFTEN)} AS b" if self.chance(15) else ""
        where = f" WHERE {self.condition('a', columns)}" if self.chance(60) else ""
        return f"UPDATE {self.pick(['', '', 'ONLY '])}{name} AS a SET {change} = {value}{extra}{where}" + self.returning(columns if not extra else {"a.id": 0})

    def delete(self):
        name, columns = self.table()
        using = f" USING {self.pick(OFTEN)} AS b" if self.chance(20) else ""
        return f"DELETE FROM {name} AS a{using} WHERE {self.condition('a', columns)}" + self.returning(columns if not using else {"a.id": 0})

    def merge(self):
        name, columns = self.table()
        names, values = self.values(columns)
        values = ["NULL" if value == "DEFAULT" else value for value in values]
        change = self.pick(columns)
        matched = self.pick([f"UPDATE SET {change} = {constant(self.random, columns[change])}", "DELETE", "DO NOTHING"])
        return (f"MERGE INTO {name} AS a USING {self.pick(OFTEN)} AS b ON {self.pick(['a.id = b.id', 'true', 'false', 'a.body = b.body'])}"
                f" WHEN MATCHED THEN {matched} WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) VALUES ({', '.join(values)})")

    def with_writes(self):
        write = self.pick([self.insert, self.update, self.delete])()
        if " RETURNING " not in write:
            write += " RETURNING a.id"
        return f"WITH w AS ({write}) SELECT * FROM w, {self.pick(OFTEN)} AS a"

    def copy(self):
        return self.pick([f"COPY {self.pick(OFTEN)} TO STDOUT", f"COPY ({self.select()}) TO STDOUT (FORMAT csv, HEADER)",
                          f"COPY ({self.with_writes()}) TO STDOUT", f"COPY {self.pick(OFTEN)} FROM STDIN",
                          f"COPY {self.pick(OFTEN)} TO '/tmp/x'", f"COPY {self.pick(OFTEN)} TO PROGRAM 'cat'"])

    def cursor(self):
        name = self.pick("cd")
        return self.pick([
            f"DECLARE {name} {self.pick(['', 'SCROLL ', 'NO SCROLL ', 'INSENSITIVE '])}CURSOR {self.pick(['', '', 'WITH HOLD '])}FOR {self.select()}",
            f"DECLARE {name} SCROLL CURSOR FOR SELECT * FROM {self.pick(OFTEN)}", f"FETCH {self.pick(['2', 'ALL', 'BACKWARD 1', 'ABSOLUTE 3'])} FROM {name}",
            f"FETCH ALL FROM {name}", f"MOVE FORWARD 1 IN {name}", f"CLOSE {name}", f"UPDATE app.note SET n = 1 WHERE CURRENT OF {name} RETURNING *",
            f"DELETE FROM app.memo WHERE CURRENT OF {name} RETURNING *"])

    def recall(self):
        table = self.pick(["app.chunk", "app.chunk", "app.note", "app.word"])
        extra = self.pick(["", f", scope => {constant(self.random, 'tenancy.scope')}", f", filter => {constant(self.random, 'jsonb')}",
                           ", filter => '{\"body\": \"own1\"}'", f", query_text => {constant(self.random, 'text')}"])
        return self.pick(["SELECT * FROM ", "SELECT body, n FROM ", "SELECT count(*) FROM "]) + (
            f"tenancy.recall(NULL::{table}, {constant(self.random, 'vector')}, {self.random.randrange(-1, 40)}{extra}) AS r")

    def setting(self):
        how = self.pick(["SET LOCAL", "SET LOCAL", "SET SESSION"])
        return self.pick([f"{how} {self.fill(self.pick(SETTINGS))}", "RESET ALL", "RESET ROLE", "SET CONSTRAINTS ALL IMMEDIATE",
                          "RESET tenancy.session", "SHOW tenancy.session", "SHOW ALL", f"{how} {self.fill(self.pick(SETTINGS))}"])

    def definition(self):
        return self.fill(self.pick(DEFINITIONS))

    def call(self):
        call = "tenancy." + self.fill(self.pick(CALLS))
        return self.pick([f"SELECT {call}", f"SELECT * FROM {call}", f"SELECT {call}, a.body FROM {self.pick(OFTEN)} AS a",
                          f"SELECT a.body FROM {self.pick(OFTEN)} AS a WHERE {call} IS NOT NULL"])

    def loose(self):
        call = self.fill(self.pick(LOOSE))
        return self.pick([f"SELECT {call}", f"SELECT * FROM {call}"])

    def system(self):
        table = self.pick(SYSTEM)
        if self.chance(50):
            table = self.pick([name for name in SYSTEM if name.startswith("tenancy.")])
        return self.pick([f"SELECT * FROM {table}", f"SELECT * FROM {table}", f"SELECT {table.partition('.')[2]}::text FROM {table}", f"SELECT count(*) FROM {table}", f"COPY {table} TO STDOUT",
                          f"DELETE FROM {table}", f"UPDATE {table} SET tenant_id = tenant_id"] if "tenancy" in table else [f"SELECT * FROM {table}"])

    def block(self):
        inner = self.pick([f"PERFORM 1 FROM ({self.select()}) s", self.update().partition(" RETURNING")[0], "COMMIT", "ROLLBACK",
                           f"EXECUTE $e$ {self.statement()} $e$", f"RAISE '%', (SELECT string_agg(body, ' ') FROM {self.pick(OFTEN)})",
                           "PERFORM tenancy.unbind()", f"FOR r IN SELECT * FROM {self.pick(OFTEN)} LOOP RAISE NOTICE '%', r; END LOOP"])
        handler = self.pick(["", f" EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', sqlerrm; PERFORM body FROM {self.pick(OFTEN)};"])
        return f"DO $d$ DECLARE r record; BEGIN {inner};{handler} END $d$"

    def savepoint(self):
        return self.pick(["SAVEPOINT mine", "ROLLBACK TO mine", "RELEASE mine", "SELECT tenancy.unbind()", "SAVEPOINT mine; SELECT tenancy.unbind(); ROLLBACK TO mine"])

    def explain(self):
        return f"EXPLAIN {self.pick(['', 'ANALYZE ', '(VERBOSE, GENERIC_PLAN) '])}{self.select()}"

    def prepared(self):
        return self.pick([f"PREPARE p AS {self.select()}", "EXECUTE p", "DEALLOCATE ALL", "DISCARD PLANS", "DISCARD TEMP", "DISCARD SEQUENCES"])

    def lock(self):
        return f"LOCK TABLE {self.pick(OFTEN)} IN {self.pick(['ACCESS SHARE', 'ACCESS EXCLUSIVE', 'ROW EXCLUSIVE'])} MODE NOWAIT"

    def other(self):
        return self.pick(["LISTEN c", "NOTIFY c, 'x'", "UNLISTEN *", "PREPARE TRANSACTION 'p'", "START TRANSACTION", "SELECT", "CALL app.f()", "TABLE app.note",
                          f"VALUES ({constant(self.random, 'text')})", f"{self.select()}; {self.select()}", "SELECT lastval()", "SELECT currval('app.q')",
                          f"SELECT * FROM app.note, LATERAL ({self.select()}) l"])
