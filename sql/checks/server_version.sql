-- id: server_version
-- severity: high
-- title: Server older than fixes of what breaks row security
-- why: These flaws of Postgres let a user who may run SQL read or change rows that policies hide, or run code in the server.
-- why: Others were fixed as well: use the latest minor version.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, NULL::oid AS object_id,
       format('Postgres %s', current_setting('server_version')) AS object,
       format('Postgres %s lacks fixes of %s', current_setting('server_version'), string_agg(f.cve, ', ' ORDER BY f.cve)) AS message,
       format('-- upgrade to Postgres %s.%s or later', v.major, max(f.fixed)) AS remediation
FROM (SELECT current_setting('server_version_num')::integer / 10000 AS major,
             current_setting('server_version_num')::integer % 10000 AS minor) v
JOIN (VALUES ('CVE-2023-2454', 15, 3), -- CREATE SCHEMA runs code as another role
             ('CVE-2023-2455', 15, 3), -- policies of the wrong role after inlining
             ('CVE-2023-39418', 15, 4), -- MERGE leaves out policies
             ('CVE-2023-5868', 15, 5), ('CVE-2023-5868', 16, 1), -- an aggregate discloses memory
             ('CVE-2023-5869', 15, 5), ('CVE-2023-5869', 16, 1), -- an array's size wraps around
             ('CVE-2024-4317', 15, 7), ('CVE-2024-4317', 16, 3), -- extended statistics show hidden values
             ('CVE-2024-10976', 15, 9), ('CVE-2024-10976', 16, 5), ('CVE-2024-10976', 17, 1), -- policies of the wrong role
             ('CVE-2024-10978', 15, 9), ('CVE-2024-10978', 16, 5), ('CVE-2024-10978', 17, 1), -- RESET to the wrong role
             ('CVE-2025-8713', 15, 14), ('CVE-2025-8713', 16, 10), ('CVE-2025-8713', 17, 6), -- statistics of hidden rows
             ('CVE-2026-2006', 15, 16), ('CVE-2026-2006', 16, 12), ('CVE-2026-2006', 17, 8),
             ('CVE-2026-2006', 18, 2), -- a text's length overruns memory
             ('CVE-2026-6473', 15, 18), ('CVE-2026-6473', 16, 14), ('CVE-2026-6473', 17, 10),
             ('CVE-2026-6473', 18, 4)) f (cve, major, fixed) -- sizes wrap around
  ON f.major = v.major AND f.fixed > v.minor
GROUP BY v.major
