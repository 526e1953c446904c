SELECT tenancy.protect('app.line', scope_column => 'scope');
SELECT tenancy.protect('app.note', scope_column => 'scope');
SELECT tenancy.protect('app.item', 'tenant');
SELECT tenancy.protect('app.event', 'tenant_number');
SELECT tenancy.protect('app.base');
SELECT tenancy.protect('app.chunk', scope_column => 'scope');
SELECT tenancy.protect('app.price', scope_column => 'scope', shared => true);
SELECT tenancy.protect('app.memo', scope_column => 'scope');
