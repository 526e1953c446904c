-- Writes down when keys were last used, where that is a minute or more after what was written last.
WITH gone AS (
    DELETE FROM tenancy.key_use u WHERE NOT EXISTS (SELECT FROM tenancy.api_key k WHERE k.key_id = u.key_id)
)
INSERT INTO tenancy.key_use AS u (key_id, last_used_at)
SELECT k.key_id, l.at
FROM tenancy.api_key k
CROSS JOIN LATERAL tenancy.key_last_used(k.key_id) l (at)
LEFT JOIN tenancy.key_use w ON w.key_id = k.key_id
WHERE l.at >= coalesce(w.last_used_at + '1 minute'::interval, '-infinity')
ORDER BY k.key_id
ON CONFLICT (key_id) DO UPDATE SET last_used_at = excluded.last_used_at
    WHERE excluded.last_used_at >= u.last_used_at + '1 minute'::interval
RETURNING u.key_id
