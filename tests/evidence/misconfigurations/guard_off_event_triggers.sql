-- check: guard_off
-- object: role operator in database postgres
-- needs: 17
ALTER ROLE operator IN DATABASE postgres SET event_triggers = off;
