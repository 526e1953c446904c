-- What an application's session may reach, for the checks of what surrounds the protected tables.

-- The roles whose privileges an application's session has or can take. A superuser that is granted tenancy_app reaches
-- everything by itself, and is left to a check of its own.
CREATE VIEW tenancy.application_role WITH (security_invoker = true) AS
WITH RECURSIVE application (role) AS (
    SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) 'tenancy_app'
    UNION
    SELECT m.member
    FROM application a
    JOIN pg_catalog.pg_auth_members m ON m.roleid OPERATOR(pg_catalog.=) a.role
    JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) m.member AND NOT r.rolsuper
), reached (role) AS (
    SELECT a.role FROM application a
    UNION
    SELECT m.roleid FROM reached JOIN pg_catalog.pg_auth_members m ON m.member OPERATOR(pg_catalog.=) reached.role
), named AS (
    SELECT r.oid AS role, pg_catalog.quote_ident(r.rolname) AS name, a.role IS NOT NULL AS application
    FROM reached
    JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) reached.role
    LEFT JOIN application a ON a.role OPERATOR(pg_catalog.=) reached.role
), membership AS (
    -- What makes its member an application role, or else lets it take the role.
    SELECT CASE WHEN o.application THEN w.role ELSE o.role END AS role,
           pg_catalog.string_agg(DISTINCT w.name, ', ' ORDER BY w.name) AS members,
           pg_catalog.string_agg(
               pg_catalog.format('REVOKE %s FROM %s%s;', o.name, w.name,
                                 CASE WHEN m.grantor OPERATOR(pg_catalog.<>) 10::pg_catalog.oid
                                      THEN pg_catalog.concat(' GRANTED BY ', m.grantor::pg_catalog.regrole) END),
               ' ' ORDER BY o.name, w.name, m.grantor) AS revoke
    FROM pg_catalog.pg_auth_members m
    JOIN named o ON o.role OPERATOR(pg_catalog.=) m.roleid
    JOIN named w ON w.role OPERATOR(pg_catalog.=) m.member
    GROUP BY 1
)
SELECT n.role, n.name, n.application,
       CASE WHEN n.application THEN 'is an application role'
            ELSE pg_catalog.concat('can be taken by ', m.members) END AS how,
       m.revoke
FROM named n
LEFT JOIN membership m ON m.role OPERATOR(pg_catalog.=) n.role
UNION ALL
SELECT 0::pg_catalog.oid, 'PUBLIC', false, 'is everybody', NULL;

-- What an application's session may do to relations, as a whole or to some columns; as their owner too.
CREATE VIEW tenancy.application_privilege WITH (security_invoker = true) AS
SELECT c.oid::pg_catalog.regclass AS relation, a.role, a.name, x.privilege, x.grantable, x.attnum, x.columns,
       x.grantee OPERATOR(pg_catalog.=) c.relowner AS owner
FROM pg_catalog.pg_class c
CROSS JOIN LATERAL (
    SELECT y.grantee, y.privilege_type AS privilege, y.is_grantable AS grantable, 0::pg_catalog.int2 AS attnum, '' AS columns
    FROM pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) y
    UNION ALL
    SELECT y.grantee, y.privilege_type, y.is_grantable, b.attnum, pg_catalog.format(' (%I)', b.attname)
    FROM pg_catalog.pg_attribute b CROSS JOIN LATERAL pg_catalog.aclexplode(b.attacl) y
    WHERE b.attrelid OPERATOR(pg_catalog.=) c.oid AND b.attacl IS NOT NULL
) x
JOIN tenancy.application_role a ON a.role OPERATOR(pg_catalog.=) x.grantee;

-- Functions and procedures of users that an application's session can run: by name, or through a trigger of a table
-- that changes with what it may write to. Those of extensions are their extension's to answer for.
CREATE VIEW tenancy.application_routine WITH (security_invoker = true) AS
WITH RECURSIVE own AS (
    SELECT p.oid, p.proowner, p.prosecdef, p.pronamespace, p.proacl,
           p.prorettype OPERATOR(pg_catalog.=) ANY ('{trigger,event_trigger}'::pg_catalog.regtype[]) AS is_trigger
    FROM pg_catalog.pg_proc p
    WHERE p.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                        AND d.objid OPERATOR(pg_catalog.=) p.oid
                        AND d.deptype OPERATOR(pg_catalog.=) ANY ('{e,i}'::"char"[]))
), leads (source, target) AS MATERIALIZED (
    -- Whose rows change with those of another: partitions and children, tables below views, and those that refer to it.
    SELECT i.inhparent, i.inhrelid FROM pg_catalog.pg_inherits i
    UNION ALL
    SELECT i.inhrelid, i.inhparent FROM pg_catalog.pg_inherits i
    UNION ALL
    SELECT w.ev_class, d.refobjid
    FROM pg_catalog.pg_rewrite w
    JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                               AND d.objid OPERATOR(pg_catalog.=) w.oid
                               AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
    WHERE w.ev_class OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
      AND (w.rulename OPERATOR(pg_catalog.<>) '_RETURN'
           OR pg_catalog.pg_relation_is_updatable(w.ev_class, false) OPERATOR(pg_catalog.<>) 0)
    UNION ALL
    SELECT k.confrelid, k.conrelid
    FROM pg_catalog.pg_constraint k
    WHERE k.contype OPERATOR(pg_catalog.=) 'f'
      AND (k.confdeltype OPERATOR(pg_catalog.=) ANY ('{c,n,d}'::"char"[])
           OR k.confupdtype OPERATOR(pg_catalog.=) ANY ('{c,n,d}'::"char"[]))
), changed (relation) AS (
    SELECT g.relation::pg_catalog.oid
    FROM tenancy.application_privilege g
    WHERE g.privilege OPERATOR(pg_catalog.=) ANY ('{INSERT,UPDATE,DELETE,TRUNCATE}'::pg_catalog.text[])
      AND g.relation::pg_catalog.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    UNION
    SELECT l.target FROM changed JOIN leads l ON l.source OPERATOR(pg_catalog.=) changed.relation
)
SELECT o.oid::pg_catalog.regprocedure AS routine, o.proowner AS owner, o.prosecdef AS definer,
       pg_catalog.string_agg(DISTINCT a.name, ', ') AS grantees,
       pg_catalog.concat(pg_catalog.string_agg(DISTINCT a.name, ', '), ' may execute it') AS how
FROM own o
CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(o.proacl, pg_catalog.acldefault('f', o.proowner))) x
JOIN tenancy.application_role a ON a.role OPERATOR(pg_catalog.=) x.grantee
WHERE NOT o.is_trigger
  -- Without the use of its schema it cannot be called by name; a view, a default or a cast that has it asks for none.
  AND (EXISTS (SELECT FROM pg_catalog.pg_namespace n
               CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) u
               JOIN tenancy.application_role r ON r.role OPERATOR(pg_catalog.=) u.grantee
               WHERE n.oid OPERATOR(pg_catalog.=) o.pronamespace AND u.privilege_type OPERATOR(pg_catalog.=) 'USAGE')
       OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                    AND d.refobjid OPERATOR(pg_catalog.=) o.oid))
GROUP BY o.oid, o.proowner, o.prosecdef
UNION ALL
SELECT o.oid, o.proowner, o.prosecdef, NULL,
       pg_catalog.concat('triggers run it, on ',
                         pg_catalog.string_agg(DISTINCT t.tgrelid::pg_catalog.regclass::pg_catalog.text, ', '))
FROM own o
JOIN pg_catalog.pg_trigger t ON t.tgfoid OPERATOR(pg_catalog.=) o.oid
                            AND NOT t.tgisinternal
                            AND t.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
                            AND t.tgenabled OPERATOR(pg_catalog.<>) 'D'
JOIN changed h ON h.relation OPERATOR(pg_catalog.=) t.tgrelid
GROUP BY o.oid, o.proowner, o.prosecdef;

-- The values that settings have when a session begins: the server's, and those of roles and databases. Role 0 is all
-- roles.
CREATE VIEW tenancy.starting_setting WITH (security_invoker = true) AS
WITH planted AS (
    SELECT pg_catalog.split_part(c.config, '=', 1) AS name,
           pg_catalog.substr(c.config, pg_catalog.strpos(c.config, '=') OPERATOR(pg_catalog.+) 1) AS value,
           s.setrole AS role,
           CASE WHEN s.setrole OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
                THEN s.setrole::pg_catalog.regrole::pg_catalog.text END AS role_name,
           pg_catalog.quote_ident(d.datname) AS database_name
    FROM pg_catalog.pg_db_role_setting s
    LEFT JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.setdatabase
    CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) c (config)
    WHERE s.setdatabase OPERATOR(pg_catalog.=) 0::pg_catalog.oid
       OR d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
)
SELECT p.name, p.value, p.role,
       CASE WHEN p.database_name IS NULL THEN coalesce('role ' OPERATOR(pg_catalog.||) p.role_name, 'all roles')
            ELSE pg_catalog.concat('role ' OPERATOR(pg_catalog.||) p.role_name OPERATOR(pg_catalog.||) ' in ',
                                   'database ', p.database_name) END AS place,
       pg_catalog.format('ALTER %s RESET %s;',
                         CASE WHEN p.role_name IS NULL AND p.database_name IS NOT NULL
                              THEN pg_catalog.concat('DATABASE ', p.database_name)
                              ELSE pg_catalog.concat('ROLE ', coalesce(p.role_name, 'ALL'),
                                                     ' IN DATABASE ' OPERATOR(pg_catalog.||) p.database_name) END,
                         p.name) AS mend
FROM planted p
UNION ALL
SELECT s.name, s.reset_val, 0::pg_catalog.oid, 'the server',
       pg_catalog.format('ALTER SYSTEM SET %s = %L; SELECT pg_catalog.pg_reload_conf();', s.name, s.boot_val)
FROM pg_catalog.pg_settings s
-- Where the role or the database of this session has a value of its own, the server's cannot be seen from here.
WHERE NOT EXISTS (
    SELECT FROM planted p
    WHERE p.name OPERATOR(pg_catalog.=) s.name
      AND p.role OPERATOR(pg_catalog.=) ANY (ARRAY[0::pg_catalog.oid,
              (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) session_user)]));

-- The server's own, where this session has a value of its own.
CREATE VIEW tenancy.configured_setting WITH (security_invoker = true) AS
SELECT f.name, f.setting AS value, 0::pg_catalog.oid AS role, 'the server' AS place,
       pg_catalog.format('ALTER SYSTEM SET %s = %L; SELECT pg_reload_conf();', f.name, s.boot_val) AS mend
FROM pg_catalog.pg_file_settings f
JOIN pg_catalog.pg_settings s ON s.name OPERATOR(pg_catalog.=) f.name
WHERE f.applied
  AND NOT EXISTS (SELECT FROM tenancy.starting_setting o
                  WHERE o.name OPERATOR(pg_catalog.=) f.name AND o.place OPERATOR(pg_catalog.=) 'the server'
                    AND s.sourcefile IS NOT NULL);

COMMENT ON VIEW tenancy.application_role IS
    'roles whose privileges an application''s session has or can take, PUBLIC included, and how';
COMMENT ON VIEW tenancy.application_privilege IS
    'what an application''s session may do to relations and their columns, and by which role';
COMMENT ON VIEW tenancy.application_routine IS
    'users'' functions and procedures that an application''s session can run, by name or through a trigger';
COMMENT ON VIEW tenancy.starting_setting IS
    'values that settings have when a session begins: the server''s, and those of roles and of this database';
COMMENT ON VIEW tenancy.configured_setting IS
    'the server''s settings in its files, where this session has values of its own';
