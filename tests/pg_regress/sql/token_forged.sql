-- Attack 35: tokens that somebody else made, changed, or cut. Each is refused with 28000, by bind and by the setting.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
SELECT array_agg(name ORDER BY n) AS names, array_agg(format('SELECT tenancy.bind(%L)', token) ORDER BY n) AS binds,
       array_agg(format('SELECT set_config(''tenancy.session'', %L, true)', token) ORDER BY n) AS settings
FROM (VALUES
    (1, 'alg none, no signature', :'token_unsigned'),
    (2, 'alg none, a good signature', :'token_unsigned_with_signature'),
    (3, 'HS256 with the RSA public key, its kid', :'token_rsa_public_key_as_secret'),
    (4, 'HS256 with the RSA public key, the HS256 kid', :'token_rsa_public_key_as_hs_secret'),
    (5, 'HS256 with an empty secret', :'token_empty_secret'),
    (6, 'unknown kid', :'token_unknown_kid'),
    (7, 'no kid', :'token_without_kid'),
    (8, 'the kid of another key', :'token_kid_of_another_key'),
    (9, 'its own key in the header', :'token_own_key_in_header'),
    (10, 'the signature of another token', :'token_signature_of_another_token'),
    (11, 'an ECDSA signature of zeros', :'token_zero_ecdsa_signature'),
    (12, 'a critical extension', :'token_critical_extension'),
    (13, 'kid twice in the header', :'token_duplicate_header'),
    (14, 'another type', :'token_other_type'),
    (15, 'without exp', :'token_without_exp'),
    (16, 'expired', :'token_expired'),
    (17, 'exp as text', :'token_exp_as_text'),
    (18, 'not valid yet', :'token_not_yet_valid'),
    (19, 'issued in the future', :'token_issued_in_future'),
    (20, 'another audience', :'token_other_audience'),
    (21, 'without audience', :'token_without_audience'),
    (22, 'another issuer', :'token_other_issuer'),
    (23, 'an issuer that begins like ours', :'token_issuer_prefix'),
    (24, 'without issuer', :'token_without_issuer'),
    (25, 'tenant_id twice', :'token_duplicate_claim'),
    (26, 'without tenant', :'token_without_tenant'),
    (27, 'empty tenant', :'token_empty_tenant'),
    (28, 'a list of tenants', :'token_list_of_tenants'),
    (29, 'null tenant', :'token_null_tenant'),
    (30, 'claims in a list', :'token_claims_in_list'),
    (31, 'unknown capability', :'token_unknown_capability'),
    (32, 'a scope with a list', :'token_scope_with_list')
) v (n, name, token) \gset
CALL world.attempt_each(:'names', :'binds');
-- The setting gives the same answers.
SELECT n AS number, world.attempt(b) AS by_bind, world.attempt(s) AS by_setting
FROM unnest(:'names'::text[], :'binds'::text[], :'settings'::text[]) u (n, b, s)
WHERE world.attempt(b) <> world.attempt(s) OR world.attempt(s) !~ '^28000 ';
SELECT world.attempt('SELECT count(*) FROM world.note');
\i :suites/../fixtures/clear.sql
