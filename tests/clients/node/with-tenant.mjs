/** Runs fn in a transaction of the tenant whose key or token is given, on any client of the pool. */
export async function withTenant(pool, credential, fn) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT tenancy.bind($1)', [credential]);
    const result = await fn(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    // A client that cannot even roll back is not given to anybody else.
    await client.query('ROLLBACK').then(() => client.release(), (broken) => client.release(broken));
    throw error;
  }
}
