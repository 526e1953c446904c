-- Mistakes for the database of the demonstration, in the form of misconfigurations/, with a title and an empty line before each.

-- Row security switched off for a migration.
-- check: row_security_off
-- object: public.packages
-- shown: probe_delete, probe_insert, probe_move, probe_read, probe_update
SET tenancy.guard = off;
ALTER TABLE public.packages DISABLE ROW LEVEL SECURITY;

-- Row security no longer forced on the owner.
-- check: row_security_off
-- object: public.chunk
SET tenancy.guard = off;
ALTER TABLE public.chunk NO FORCE ROW LEVEL SECURITY;

-- The policy for reading dropped.
-- check: policy_missing
-- object: tenancy_select on public.packages
-- shown: probe_read
SET tenancy.guard = off;
DROP POLICY tenancy_select ON public.packages;

-- The policy for making rows dropped.
-- check: policy_missing
-- object: tenancy_insert on public.finding
-- shown: probe_insert
SET tenancy.guard = off;
DROP POLICY tenancy_insert ON public.finding;

-- The policy for floors dropped.
-- check: policy_missing
-- object: tenancy_select_scope on public.finding
SET tenancy.guard = off;
DROP POLICY tenancy_select_scope ON public.finding;

-- The policy for reading opened.
-- check: policy_altered
-- object: tenancy_select on public.chunk
-- shown: probe_read
SET tenancy.guard = off;
ALTER POLICY tenancy_select ON public.chunk USING (true);

-- The policy for changing opened to rows of others.
-- check: policy_altered
-- object: tenancy_update on public.packages
SET tenancy.guard = off;
ALTER POLICY tenancy_update ON public.packages USING (true);

-- A policy that stands in a tenant's way.
-- check: policy_imposed
-- object: tenancy_support on public.packages
SET tenancy.guard = off;
CREATE POLICY tenancy_support ON public.packages FOR SELECT TO operator USING (true);

-- A superuser owns a table.
-- check: exempt_owner
-- object: public.packages
-- mended: ALTER TABLE public.packages OWNER TO owner
SET tenancy.guard = off;
ALTER TABLE public.packages OWNER TO postgres;

-- The application owns a table.
-- check: application_owner
-- object: public.finding
-- mended: ALTER TABLE public.finding OWNER TO owner
SET tenancy.guard = off;
ALTER TABLE public.finding OWNER TO app;

-- The application is exempt from row security.
-- check: exempt_application_role
-- object: app
-- shown: not_probed
ALTER ROLE app BYPASSRLS;

-- The application may replicate.
-- check: exempt_application_role
-- object: app
ALTER ROLE app REPLICATION;

-- The application administers tenants.
-- check: application_role_administers
-- object: tenancy_admin
-- shown: probe_read
GRANT tenancy_admin TO app;

-- The application reads files of the server.
-- check: server_files_and_programs
-- object: pg_read_server_files
GRANT pg_read_server_files TO app;

-- The application ends others' sessions.
-- check: predefined_role
-- object: pg_signal_backend
GRANT pg_signal_backend TO app;

-- A table of rows by tenant that nobody protected.
-- check: unprotected_table
-- object: public.rating
CREATE TABLE public.rating (tenant_id uuid NOT NULL, package text, stars int);
GRANT SELECT ON public.rating TO app;

-- Truncating granted.
-- check: unfiltered_privilege
-- object: public.packages
SET tenancy.guard = off;
GRANT TRUNCATE ON public.packages TO app;

-- A view that reads as its owner.
-- check: view_as_owner
-- object: public.recent
SET tenancy.guard = off;
CREATE VIEW public.recent AS SELECT package, version FROM public.packages;

-- A materialized view.
-- check: materialized_view
-- object: public.totals
SET tenancy.guard = off;
CREATE MATERIALIZED VIEW public.totals AS SELECT tenant_id, count(*) FROM public.packages GROUP BY 1;

-- A function that runs as a superuser.
-- check: definer_function
-- object: public.totals()
CREATE FUNCTION public.totals() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT count(*) FROM public.packages';

-- A trigger that copies rows where all read them.
-- check: copying_trigger
-- object: copy on public.finding
CREATE TABLE public.history (line jsonb);
GRANT SELECT ON public.history TO app;
CREATE FUNCTION public.copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.history VALUES (to_jsonb(NEW));
    RETURN NULL;
END $$;
CREATE TRIGGER copy AFTER INSERT ON public.finding FOR EACH ROW EXECUTE FUNCTION public.copy();

-- A rule that does.
-- check: rewrite_rule
-- object: copy on public.packages
CREATE TABLE public.history (line text);
SET tenancy.guard = off;
CREATE RULE copy AS ON INSERT TO public.packages DO ALSO INSERT INTO public.history VALUES (NEW.package);

-- A publication.
-- check: publication
-- object: warehouse
SET tenancy.guard = off;
CREATE PUBLICATION warehouse FOR TABLE public.packages;

-- A key over all tenants.
-- check: unique_key_without_tenant
-- object: public.finding_remark_key
-- shown: probe_key
SET tenancy.guard = off;
DELETE FROM public.finding;
INSERT INTO public.finding SELECT tenant_id, '{}', 'a', slug FROM tenancy.tenant WHERE tenant_number > 0;
ALTER TABLE public.finding ADD UNIQUE (remark);

-- A foreign key without the tenant.
-- check: foreign_key_without_tenant
-- object: rating_package_fkey on public.rating
CREATE TABLE public.rating (whose uuid, package text);
SET tenancy.guard = off;
ALTER TABLE public.rating ADD CONSTRAINT rating_package_fkey FOREIGN KEY (whose, package) REFERENCES public.packages;

-- An approximate index over all tenants.
-- check: shared_ann_index
-- object: public.chunk_near
SET tenancy.guard = off;
CREATE INDEX chunk_near ON public.chunk USING hnsw (embedding halfvec_cosine_ops);

-- Rows of nobody allowed.
-- check: tenant_column
-- object: public.chunk
SET tenancy.guard = off;
ALTER TABLE public.chunk DROP CONSTRAINT chunk_pkey, ALTER tenant_id DROP NOT NULL;

-- A scope may be missing.
-- check: scope_column
-- object: public.finding
SET tenancy.guard = off;
ALTER TABLE public.finding ALTER scope DROP NOT NULL;

-- A table above a protected one.
-- check: partition_or_child
-- object: public.everything
-- mended: ALTER TABLE public.packages NO INHERIT public.everything
SET tenancy.guard = off;
CREATE TABLE public.everything (tenant_id uuid NOT NULL, package text NOT NULL);
ALTER TABLE public.packages INHERIT public.everything;

-- The guard off in this database.
-- check: guard_off
-- object: database demo
ALTER DATABASE demo SET tenancy.guard = off;

-- An event trigger of the guard disabled.
-- check: guard_trigger_disabled
-- object: tenancy_guard_ddl
ALTER EVENT TRIGGER tenancy_guard_ddl DISABLE;

-- Revocations not heard of.
-- check: extension_trigger_disabled
-- object: credential_changed on tenancy.api_key
ALTER TABLE tenancy.api_key DISABLE TRIGGER credential_changed;

-- The application reads the table of keys.
-- check: extension_privilege
-- object: tenancy.api_key
GRANT SELECT ON tenancy.api_key TO app;

-- A function of policies said not to leak.
-- check: extension_altered
-- object: tenancy.whole_tenant(text)
ALTER FUNCTION tenancy.whole_tenant(text) LEAKPROOF;

-- Temporary tables for everybody.
-- check: temporary_privilege
-- object: demo
GRANT TEMPORARY ON DATABASE demo TO PUBLIC;

-- Traces of others readable.
-- check: trace_policy
-- object: tenancy_own on tenancy.decision_trace
-- shown: probe_read
ALTER POLICY tenancy_own ON tenancy.decision_trace USING (true);
