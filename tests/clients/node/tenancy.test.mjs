// The JavaScript driver `pg` against a real server.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import pg from 'pg';
import { ALGORITHMS, TENANTS, application, expectedBodies, setUp, token } from './support.mjs';
import { withTenant } from './with-tenant.mjs';

const READ = 'SELECT body FROM note ORDER BY id';
const bodies = async (client) => (await client.query(READ)).rows.map((row) => row.body);

let admin, createKey, keys, pool;
before(async () => {
  ({ admin, createKey, keys } = await setUp());
  pool = new pg.Pool({ ...application, max: 4 });
});
after(async () => {
  await pool.end();
  await admin.end();
});

/** Runs fn with a client of its own. */
async function withClient(fn) {
  const client = new pg.Client(application);
  await client.connect();
  try {
    return await fn(client);
  } finally {
    await client.end();
  }
}

/** Expects an error of that SQLSTATE in which no text holds the credential. */
async function refused(promise, code, message, credential = '') {
  await assert.rejects(promise, (error) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    if (credential) assert.ok(!inspect(error, { depth: null, showHidden: true }).includes(credential.slice(0, 24)));
    return true;
  });
}

describe('a transaction', () => {
  test('of a tenant sees its rows', async () => {
    for (const tenant of TENANTS) {
      assert.deepEqual(await withTenant(pool, keys[tenant], bodies), expectedBodies(tenant));
    }
  });

  test('without bind is an error and not an empty result', async () => {
    await refused(pool.query(READ), '42501', /no tenant is bound/);
  });

  test('takes its tenant along when it ends', () => withClient(async (client) => {
    for (const end of ['COMMIT', 'ROLLBACK']) {
      await client.query('BEGIN');
      await client.query('SELECT tenancy.bind($1)', [keys['tenant-3']]);
      assert.equal((await bodies(client)).length, 3);
      await client.query(end);
      await refused(client.query(READ), '42501', /no tenant is bound/);
    }
  }));

  test('has one tenant', async () => {
    await refused(
      withTenant(pool, keys['tenant-3'], (client) => client.query('SELECT tenancy.bind($1)', [keys['tenant-4']])),
      '42501', /another tenant/, keys['tenant-4']);
  });

  test('knows its context', async () => {
    const context = await withTenant(pool, keys['tenant-3'], async (client) =>
      (await client.query('SELECT tenancy.context() AS context')).rows[0].context);
    assert.equal(context.tenant, 'tenant-3');
    assert.ok(!JSON.stringify(context).includes(keys['tenant-3']));
  });

  test('writes the tenant’s rows and nobody else’s', async () => {
    await assert.rejects(withTenant(pool, keys['tenant-2'], async (client) => {
      assert.equal((await client.query("INSERT INTO note (body) VALUES ('new')")).rowCount, 1);
      assert.equal((await client.query("UPDATE note SET body = 'changed'")).rowCount, 3);
      assert.equal((await client.query('DELETE FROM note')).rowCount, 3);
      throw new Error('rolled back');
    }), /rolled back/);
    const { rows } = await admin.query("SELECT tenant_id FROM tenancy.tenant WHERE slug = 'tenant-4'");
    await refused(
      withTenant(pool, keys['tenant-3'], (client) =>
        client.query("INSERT INTO note (tenant_id, body) VALUES ($1, 'planted')", [rows[0].tenant_id])),
      '42501', /row-level security/);
  });
});

describe('a token', () => {
  for (const algorithm of ALGORITHMS) {
    test(`signed with ${algorithm} binds`, async () => {
      assert.deepEqual(await withTenant(pool, token('tenant-5', { algorithm }), bodies), expectedBodies('tenant-5'));
    });
  }

  test('in the setting holds for the transaction, however it was set', () => withClient(async (client) => {
    for (const local of [true, false]) {
      await client.query('BEGIN');
      await client.query("SELECT set_config('tenancy.session', $1, $2)", [token('tenant-5'), local]);
      assert.deepEqual(await bodies(client), expectedBodies('tenant-5'));
      await client.query('COMMIT');
      await refused(client.query(READ), '42501', /no tenant is bound/);
    }
  }));
});

describe('a credential that is refused', () => {
  const use = (credential) => withTenant(pool, credential, bodies);

  test('wrong', async () => {
    const wrong = keys['tenant-3'].slice(0, -1) + (keys['tenant-3'].endsWith('a') ? 'b' : 'a');
    await refused(use(wrong), '28000', /./, wrong);
  });

  test('revoked', async () => {
    const { key_id, secret } = await createKey('tenant-3');
    await admin.query('SELECT tenancy.revoke_key($1)', [key_id]);
    await refused(use(secret), '28000', /revoked/, secret);
  });

  test('expired', async () => {
    const expired = token('tenant-3', { exp: Math.floor(Date.now() / 1000) - 3600 });
    await refused(use(expired), '28000', /expired/, expired);
  });

  test('of an unknown tenant', async () => {
    await refused(use(token('tenant-404')), '42704', /does not exist/);
  });

  test('with a signature of another key', async () => {
    const forged = token('tenant-3').split('.').slice(0, 2).concat(token('tenant-4').split('.')[2]).join('.');
    await refused(use(forged), '28000', /./, forged);
  });

  for (const nothing of [null, '']) {
    test(inspect(nothing), async () => refused(use(nothing), '28000', /credential is missing/));
  }

  test('revoked while another connection is in its transaction', async () => {
    const { key_id, secret } = await createKey('tenant-3');
    await refused(withTenant(pool, secret, async (client) => {
      assert.equal((await bodies(client)).length, 3);
      await admin.query('SELECT tenancy.revoke_key($1)', [key_id]);
      await bodies(client);
    }), '28000', /revoked/, secret);
  });

  test('of a tenant suspended while another connection is in its transaction', async () => {
    await admin.query("SELECT tenancy.create_tenant('node-suspended')");
    const { secret } = await createKey('node-suspended');
    await refused(withTenant(pool, secret, async (client) => {
      assert.deepEqual(await bodies(client), []);
      await admin.query("SELECT tenancy.suspend_tenant('node-suspended')");
      await bodies(client);
    }), '42501', /suspended/, secret);
  });
});

describe('on one connection', () => {
  test('a named prepared statement serves one tenant after the other', () => withClient(async (client) => {
    await client.query('SET plan_cache_mode = force_generic_plan');
    for (const tenant of [...TENANTS, ...TENANTS]) {
      await client.query('BEGIN');
      await client.query({ name: 'bind', text: 'SELECT tenancy.bind($1)', values: [keys[tenant]] });
      const { rows } = await client.query({ name: 'read', text: READ });
      assert.deepEqual(rows.map((row) => row.body), expectedBodies(tenant));
      await client.query('COMMIT');
    }
    await refused(client.query({ name: 'read', text: READ }), '42501', /no tenant is bound/);
  }));

  for (const sql of ['LISTEN channel', 'PREPARE plan AS SELECT 1', 'CREATE TEMP TABLE note (body text)',
    'EXPLAIN SELECT * FROM note', 'DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'SELECT pg_advisory_lock(1)']) {
    test(`${sql} is refused`, async () => {
      await refused(withTenant(pool, keys['tenant-3'], (client) => client.query(sql)), '42501',
        /is not allowed in a tenant's session/);
    });
  }
});

describe('a pool', () => {
  test('of four clients serves interleaved tenants', async () => {
    const work = Array.from({ length: 600 }, async (_, n) => {
      const tenant = TENANTS[n % TENANTS.length];
      if (n % 7 === 0) await refused(pool.query(READ), '42501', /no tenant is bound/);
      // One in three gives up in its transaction.
      const run = withTenant(pool, n % 2 ? keys[tenant] : token(tenant), async (client) => {
        const seen = await bodies(client);
        await new Promise((resolve) => setTimeout(resolve, n % 3));
        assert.deepEqual(await bodies(client), seen);
        if (n % 3 === 0) throw new RangeError('gives up');
        return seen;
      });
      if (n % 3 === 0) await assert.rejects(run, RangeError);
      else assert.deepEqual(await run, expectedBodies(tenant));
    });
    await Promise.all(work);
    assert.equal(pool.totalCount, 4);
  });
});
