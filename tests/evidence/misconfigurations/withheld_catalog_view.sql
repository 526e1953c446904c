-- check: withheld_catalog
-- object: work.common
-- Statistics keep the values that columns of all tenants have most.
CREATE VIEW work.extended AS
    SELECT m.values FROM pg_statistic_ext_data d CROSS JOIN LATERAL pg_mcv_list_items(d.stxdmcv) m;
CREATE VIEW work.common AS SELECT * FROM work.extended;
GRANT SELECT ON work.common TO app;
