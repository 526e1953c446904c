-- check: subscription
-- object: inbound
-- mended: DELETE FROM pg_subscription_rel
SET client_min_messages = error;
CREATE SUBSCRIPTION inbound CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE);
INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) SELECT oid, 'work.document'::regclass, 'r' FROM pg_subscription;
