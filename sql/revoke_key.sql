-- Revokes the key $1 and all that descend from it. Gives whether there is such a key, and whether it was revoked now.
WITH RECURSIVE line (key_id) AS (
    SELECT $1::uuid
    UNION
    SELECT k.key_id FROM line JOIN tenancy.api_key k ON k.parent_key_id = line.key_id
), done AS (
    UPDATE tenancy.api_key k SET revoked_at = clock_timestamp()
    FROM line WHERE k.key_id = line.key_id AND k.revoked_at IS NULL
    RETURNING k.key_id
)
SELECT EXISTS (SELECT FROM tenancy.api_key k WHERE k.key_id = $1), EXISTS (SELECT FROM done d WHERE d.key_id = $1)
