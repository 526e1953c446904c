-- id: subscription
-- severity: low
-- title: Subscription that writes to a protected table
-- why: What a subscription applies is not checked against the policies: the publisher says whose the rows are.
-- kind: environment
SELECT p.root, p.relation::oid AS relation, s.oid AS object_id, quote_ident(s.subname) AS object,
       format('subscription %I writes to %s', s.subname, p.relation) AS message,
       format('DROP SUBSCRIPTION %I; -- or trust its publisher with all tenants', s.subname) AS remediation
FROM pg_subscription_rel r
JOIN pg_subscription s ON s.oid = r.srsubid
JOIN tenancy.protected_relation p ON p.relation = r.srrelid
