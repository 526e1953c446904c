-- check: trusted_network
-- object: pg_hba.conf line
-- outside: true
-- mended: COPY (SELECT) TO PROGRAM 'sed -i ''/^host.*0\.0\.0\.0\/0/d'' pg_hba.conf'
-- As images for containers offer it.
COPY (SELECT 'host all all 0.0.0.0/0 trust') TO PROGRAM 'cat >> pg_hba.conf';
-- afterwards:
COPY (SELECT) TO PROGRAM 'sed -i ''/^host.*0\.0\.0\.0\/0/d'' pg_hba.conf';
