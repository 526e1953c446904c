-- A database that is not UTF8 is refused; nothing is left behind.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT current_user AS admin, current_database() AS home \gset
DROP DATABASE IF EXISTS regress_install_other_encoding;
CREATE DATABASE regress_install_other_encoding TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
\c regress_install_other_encoding :admin
SET client_min_messages = warning;
CREATE EXTENSION vector;
CREATE EXTENSION pg_tenancy;
SELECT to_regnamespace('tenancy');
SELECT evtname FROM pg_event_trigger;
\c :home :admin
DROP DATABASE regress_install_other_encoding;
