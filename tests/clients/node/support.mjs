// What the tests share: an administrator's connection, the database of schema.sql, keys and tokens.

import { createHmac, createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');

export const TENANTS = Array.from({ length: 12 }, (_, n) => `tenant-${n + 1}`);

export const expectedBodies = (tenant) =>
  Array.from({ length: Number(tenant.slice('tenant-'.length)) }, (_, n) => `${tenant} note ${n + 1}`);

// PGHOST, PGPORT and PGDATABASE say where the server is.
export const application = { user: 'client_app' };

/** Makes the tenants and their notes; gives an administrator's client, and a function that issues keys. */
export async function setUp() {
  const admin = new pg.Client();
  await admin.connect();
  await admin.query(read('../schema.sql'));
  const createKey = async (tenant) => {
    const { rows } = await admin.query("SELECT key_id, secret FROM tenancy.create_key($1, 'test')", [tenant]);
    return rows[0];
  };
  const keys = {};
  for (const tenant of TENANTS) keys[tenant] = (await createKey(tenant)).secret;
  return { admin, createKey, keys };
}

const privateKeys = JSON.parse(read('../../fixtures/private-keys.json')).keys;

const signers = {
  HS256: (key, text) => createHmac('sha256', Buffer.from(key.k, 'base64url')).update(text).digest(),
  EdDSA: (key, text) => sign(null, text, createPrivateKey({ key, format: 'jwk' })),
  RS256: (key, text) => sign('sha256', text, createPrivateKey({ key, format: 'jwk' })),
  ES256: (key, text) => sign('sha256', text, { key: createPrivateKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }),
};

export const ALGORITHMS = Object.keys(signers);

/** A token of the test issuer; claims replace or add to the usual ones. */
export function token(tenant, { algorithm = 'EdDSA', ...claims } = {}) {
  const key = privateKeys.find((candidate) => candidate.alg === algorithm);
  const payload = {
    iss: 'https://issuer.test',
    aud: 'pg_tenancy_test',
    sub: 'user-1',
    tenant_id: tenant,
    exp: Math.floor(Date.now() / 1000) + 3600,
    ...claims,
  };
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ alg: algorithm, typ: 'JWT', kid: key.kid })}.${encode(payload)}`;
  return `${text}.${signers[algorithm](key, Buffer.from(text)).toString('base64url')}`;
}
