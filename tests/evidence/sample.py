"""Evidence as a run would give it, of any size: for tests of its forms, which need no database.

    sample.py good|bad|large     a document, not signed, on the standard output
"""

import json
import sys
import uuid

CHECKS = [
    ("policy_altered", "critical", "Policy altered",
     "The policies that protect wrote are what isolates tenants; any other text under their names is not."),
    ("policy_missing", "critical", "Policy missing", "Without one of the policies a command is not kept to the tenant."),
    ("row_security_off", "critical", "Row security off or not forced", "Policies apply to nobody, or not to the table's owner."),
    ("exempt_role", "critical", "Application role exempt from row security",
     "Superusers and BYPASSRLS roles read every row, whatever the policies say."),
    ("unfiltered_privilege", "critical", "Privilege that row security does not filter",
     "TRUNCATE empties all tenants' rows; REFERENCES probes for them; TRIGGER runs code on them; MAINTAIN counts them."),
    ("view_as_owner", "critical", "View that reads a protected table as its owner",
     "Without security_invoker a view reads with its owner's rights, which may be exempt from row security."),
    ("unique_key_without_tenant", "high", "Unique key without the tenant",
     "A duplicate key error tells that another tenant has that value."),
    ("guard_disabled", "medium", "Guard disabled", "Definitions that weaken the protection are no longer refused."),
    ("public_temporary", "low", "Temporary tables for everybody", "A temporary table can stand in the way of another name."),
]

LIMITS = [
    "The probes ran with the data and definitions of the moment; what is changed afterwards is not covered.",
    "Timing was not measured.",
    "Superusers, BYPASSRLS roles and the operating system's user can read everything; they are listed, not probed.",
    "What the application does with rows after it has read them is outside of the database.",
]

EXPECTED = {
    "read": "no row of another tenant",
    "insert": "refused by policy for a row of another tenant",
    "update": "no row of another tenant is changed",
    "delete": "no row of another tenant is removed",
    "move": "refused by policy for a row that would go to another tenant",
}

OUTCOME = {
    "read": ("no rows of others", None),
    "insert": ("refused by policy", "42501"),
    "update": ("no rows of others", None),
    "delete": ("no rows of others", None),
    "move": ("refused by policy", "42501"),
}


def statement(verb, table, column="tenant_id"):
    return {
        "read": f"SELECT count(*) FROM {table} WHERE {column} = $2",
        "insert": f"INSERT INTO {table} ({column}, body) VALUES ($2, 'probe')",
        "update": f"UPDATE {table} SET {column} = {column} WHERE {column} = $2",
        "delete": f"DELETE FROM {table} WHERE {column} = $2",
        "move": f"UPDATE {table} SET {column} = $2 WHERE {column} = $1",
    }[verb]


def policies(column="tenant_id", scope=None):
    read = f"({column} = tenancy.current_tenant('read'::text))"
    write = f"({column} = tenancy.current_tenant('write'::text))"
    made = [("tenancy_base", "PERMISSIVE", "ALL", "tenancy.is_protected()", "tenancy.is_protected()"),
            ("tenancy_delete", "RESTRICTIVE", "DELETE", write, None),
            ("tenancy_insert", "RESTRICTIVE", "INSERT", None, write),
            ("tenancy_select", "RESTRICTIVE", "SELECT", read, None),
            ("tenancy_update", "RESTRICTIVE", "UPDATE", write, write)]
    if scope:
        made.append(("tenancy_select_scope", "RESTRICTIVE", "SELECT", f"tenancy.scope_visible({scope})", None))
    return [{"name": name, "kind": kind, "command": command, "roles": ["public"], "using": using, "check": check}
            for name, kind, command, using, check in made]


def table(name, owner="app_owner", scope=None, shared=False, grants=0, rows=0, privileges=("app=arwd/app_owner",)):
    return {"name": name, "root": name, "owner": owner, "tenant_column": "tenant_id", "scope_column": scope,
            "shared": shared, "read_grants": grants, "rows_seen": rows, "policies": policies(scope=scope),
            "privileges": [f"{owner}=arwdDxt/{owner}", *privileges]}


def probes(name, pairs, role="app"):
    return [{"table": name, "verb": verb, "role": role, "statement": statement(verb, name), "expected": EXPECTED[verb],
             "outcomes": [{"pass": True, "outcome": OUTCOME[verb][0], "sqlstate": OUTCOME[verb][1], "pairs": pairs}]}
            for verb in EXPECTED]


def comparisons(name, role="app"):
    shown = {"rows": (f"SELECT * FROM {name} ORDER BY 1, 2", "3 rows, sha256 5e884898…"),
             "count": (f"SELECT count(*) FROM {name}", "3"),
             "insert": (f"INSERT INTO {name} (body) VALUES ('probe') RETURNING tenant_id", "1 row")}
    return [{"object": name, "what": what, "role": role, "statement": text, "alike": True, "without": answer, "with": answer}
            for what, (text, answer) in shown.items()]


def document(tenants, tables, *, known=None, seed=42, database="shop"):
    names = [made["name"] for made in tables]
    pairs = len(tenants) * (len(tenants) - 1)
    return {"note": None, "report": {
        "format": "pg_tenancy/evidence/1",
        "run": {"id": "0198f3c2-7d1e-7a44-9c52-3b1f6f0c2a11", "started_at": "2026-11-23T04:12:07.104233Z",
                "ended_at": "2026-11-23T04:12:09.872110Z", "prover": "auditor", "seed": str(seed)},
        "verdict": "pass",
        "system": {"database": database, "system_identifier": "7575021933187236101", "server_version": "18.1",
                   "extension_version": "0.1.0",
                   "settings": [{"name": "row_security", "value": "on"},
                                {"name": "shared_preload_libraries", "value": "pg_tenancy"},
                                {"name": "tenancy.guard", "value": "on"},
                                {"name": "tenancy.unbound", "value": "error"}]},
        "coverage": {"protected_tables": len(tables), "proved_tables": len(tables), "known_tenants": known or len(tenants),
                     "probed_tenants": len(tenants), "probed_pairs": pairs * len(tables) * len(EXPECTED),
                     "limits": list(LIMITS)},
        "tenants": tenants,
        "checks": [{"id": id, "severity": severity, "title": title, "why": why, "findings": 0}
                   for id, severity, title, why in CHECKS],
        "findings": [],
        "tables": tables,
        "roles": [{"name": "app", "kinds": ["application"], "login": True},
                  {"name": "app_owner", "kinds": ["owner"], "login": False},
                  {"name": "auditor", "kinds": ["auditor"], "login": True},
                  {"name": "operator", "kinds": ["administrator"], "login": True},
                  {"name": "postgres", "kinds": ["exempt"], "login": True}],
        "probes": [probe for name in names for probe in probes(name, pairs)],
        "comparisons": [comparison for name in names for comparison in comparisons(name)],
    }}


def tenant(slug, number):
    return {"id": str(uuid.UUID(int=0x0198F3C2_0000_7000_8000_000000000000 + number)), "slug": slug}


def find(report, check, object, message, remediation):
    severity = next((made["severity"] for made in report["checks"] if made["id"] == check), "critical")
    report["findings"].append({"check_id": check, "severity": severity, "object": object, "message": message,
                               "remediation": remediation})
    for made in report["checks"]:
        made["findings"] += made["id"] == check


def good():
    tenants = [tenant(slug, number) for number, slug in enumerate(("acme", "globex", "initech", "umbrella", "wayne", "wonka"))]
    tables = [table("public.customer", rows=18), table("public.invoice", scope="place", rows=240),
              table("public.price_list", shared=True, rows=12), table("public.document", grants=1, rows=66)]
    made = document(tenants, tables, known=6)
    report = made["report"]
    find(report, "public_temporary", "database shop", "PUBLIC may make temporary tables",
         "REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC;")
    # No application's role may remove documents.
    for probe in report["probes"]:
        if (probe["table"], probe["verb"]) == ("public.document", "delete"):
            probe.update(role=None, outcomes=[])
    return made


HOSTILE = '"</td><script>alert(1)</script>"'


def bad():
    """Names that try to be markup, TAP and more; and every kind of failure."""
    slugs = ["acme", "<script>alert(1)</script>", "globex\u202excod.exe", "initech", "not ok 1 # TODO \\", "wayne"]
    tenants = [tenant(slug, number) for number, slug in enumerate(slugs)]
    hostile = f"public.{HOSTILE}"
    tables = [table("public.customer", rows=18), table(hostile, rows=7), table('public."# SKIP\nok 99"', rows=1),
              table("public.document", rows=66, privileges=("app=arwdD/app_owner", "=r/app_owner"))]
    made = document(tenants, tables, known=212, seed=-9007199254740993, database='shop & "sons"')
    report = made["report"]
    report["verdict"] = "fail"
    report["coverage"]["protected_tables"] = 9
    report["tables"][3]["policies"][3]["using"] = \
        "((tenant_id = tenancy.current_tenant('read'::text)) OR (note = '</code><img src=x onerror=alert(2)>'::text))"
    for probe in report["probes"]:
        if (probe["table"], probe["verb"]) == ("public.document", "read"):
            probe["outcomes"] = [
                {"pass": False, "outcome": "3 rows of another tenant", "sqlstate": None, "pairs": 2, "listed": [[0, 3], [1, 3]]},
                {"pass": True, "outcome": "no rows of others", "sqlstate": None, "pairs": 28,
                 "listed": [[a, b] for a in range(6) for b in range(6) if a != b and (a, b) not in ((0, 3), (1, 3))]}]
        if (probe["table"], probe["verb"]) == (hostile, "move"):
            probe["outcomes"] = [{"pass": True, "outcome": "nothing to move", "sqlstate": None, "pairs": 5, "listed": [[2, None]]},
                                 {"pass": True, "outcome": "refused by policy", "sqlstate": "42501", "pairs": 25,
                                  "listed": [[a, None] for a in (0, 1, 3, 4)]}]
        if (probe["table"], probe["verb"]) == ("public.customer", "delete"):
            probe.update(role=None, outcomes=[])
    for comparison in report["comparisons"]:
        if (comparison["object"], comparison["what"]) == ("public.customer", "insert"):
            comparison.update({"alike": False, "with": "duplicate key value violates unique constraint \"customer_email_key\" (23505)"})
    find(report, "policy_altered", "tenancy_select on public.document",
         "policy tenancy_select of public.document is not the one that protect makes",
         "DROP POLICY tenancy_select ON public.document; CREATE POLICY tenancy_select ON public.document AS RESTRICTIVE FOR "
         "SELECT USING ((tenant_id = tenancy.current_tenant('read'::text)));")
    find(report, "unfiltered_privilege", "public.document", "TRUNCATE on public.document is granted to app",
         "REVOKE TRUNCATE ON public.document FROM app;")
    find(report, "view_as_owner", 'public."<b>all</b>\u2066"', 'view public."<b>all</b>\u2066" reads public.customer without '
         "security_invoker", 'ALTER VIEW public."<b>all</b>\u2066" SET (security_invoker = true);')
    find(report, "probe_read", "public.document", "acme and 1 more tenant read rows of initech",
         "Mend what policy_altered found, and run the proof again.")
    find(report, "unique_key_without_tenant", "customer_email_key on public.customer",
         "unique key customer_email_key does not include tenant_id",
         "ALTER TABLE public.customer DROP CONSTRAINT customer_email_key, ADD CONSTRAINT customer_email_key UNIQUE (tenant_id, email);")
    find(report, "guard_disabled", "event trigger tenancy_guard", "event trigger tenancy_guard is disabled",
         "ALTER EVENT TRIGGER tenancy_guard ENABLE ALWAYS;")
    find(report, "not_probed", hostile, "no application role has a privilege on it; it was not probed",
         "Grant it what the application needs, or unprotect it.\n...\n---\nok 1")
    report["findings"].insert(-1, {
        "check_id": "noninterference", "severity": "high", "object": "public.customer",
        "message": "insert as acme tells of rows of another tenant", "remediation": "See unique_key_without_tenant."})
    report["findings"].sort(key=lambda found: ["critical", "high", "medium", "low"].index(found["severity"]))
    find(report, "public_temporary", 'database "shop & ""sons"""', "PUBLIC may make temporary tables",
         'REVOKE TEMPORARY ON DATABASE "shop & ""sons""" FROM PUBLIC;')
    report["roles"].insert(2, {"name": '"app\u202e reader"', "kinds": ["application", "exempt"], "login": True})
    report["system"]["settings"].append({"name": "tenancy.claim", "value": "<style>*{display:none}</style>\t\x1b[31m"})
    return made


def large(tenants=1000, tables=40, failing=3):
    made = document([tenant(f"tenant-{number:04}", number) for number in range(tenants)],
                    [table(f"app.table_{number:02}", rows=tenants * 3) for number in range(tables)], known=tenants)
    report = made["report"]
    for number in range(failing):
        probe = report["probes"][number * 5]
        report["verdict"] = "fail"
        probe["outcomes"] = [
            {"pass": False, "outcome": "1 row of another tenant", "sqlstate": None, "pairs": 40,
             "listed": [[number * 100 + 7, other] for other in range(40)]},
            {"pass": True, "outcome": "no rows of others", "sqlstate": None, "pairs": tenants * (tenants - 1) - 40}]
        find(report, "probe_read", probe["table"], f"tenant-{number * 100 + 7:04} reads rows of 40 other tenants", "Look at its policies.")
    return made


def canonical(made):
    """As RFC 8785 has it, for what is in these documents."""
    return json.dumps(made, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.write(canonical({"good": good, "bad": bad, "large": large}[sys.argv[1]]()))
