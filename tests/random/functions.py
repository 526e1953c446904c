"""Calls every function of the extension with random arguments of its types, as each role that may."""

import re
import time

from hunt import Hunt
from values import constant
from world import Session

ROLES = ["random_app", "random_auditor", "random_admin"]
# In which no tenant is bound: administrators' calls are of any tenant.
UNBOUND = ROLES[1:]


class Functions(Hunt):
    """A hunt that calls functions."""

    def __init__(self, world, database, seed):
        super().__init__(world, database, seed)
        with world.connect(database) as connection:
            self.calls = {role: [row for row in connection.execute(
                """SELECT p.oid::regproc::text, p.proname, array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t), p.pronargdefaults
                     FROM pg_proc p WHERE p.pronamespace = 'tenancy'::regnamespace AND p.prokind = 'f'
                      AND has_function_privilege(%s, p.oid, 'execute') ORDER BY p.oid::regprocedure::text""", [role]).fetchall()]
                for role in ROLES}
        self.role = ROLES[0]

    def call(self):
        name, _, types, defaults = self.random.choice(self.calls[self.role])
        given = types[:len(types) - (self.random.randrange(defaults + 1) if defaults else 0)]
        arguments = ", ".join(constant(self.random, re.sub(r"^character varying$", "text", kind)) for kind in given)
        return self.random.choice(["SELECT {}", "SELECT * FROM {}", "SELECT {}, {}", "SELECT count(*) FROM generate_series(1, 3), {}"]).replace(
            "{}", f"{name}({arguments})")


def hunt(world, database, seed, until):
    """As the application first, for half of the time; what administrators may see is not looked at."""
    found = Functions(world, database, seed)
    now = time.monotonic()
    found.transactions(now + (until - now) / 2, found.call)
    for found.role in UNBOUND:
        as_administrator(found, until if found.role == UNBOUND[-1] else now + 0.75 * (until - now))
    return found


def as_administrator(found, until):
    """Only internal errors and falls count."""
    session = Session(found.world, found.database, found.role)
    while time.monotonic() < until and not found.wrong:
        session.begin()
        for _ in range(5):
            sql = found.call()
            session.run("SAVEPOINT before")
            answer = session.run(sql)
            found.answers[answer.sqlstate] += 1
            if answer.sqlstate == "XX000":
                found.wrong.append(f"is an internal error for {found.role}: {sql}: {answer}")
            if not session.is_there():
                found.fell(sql)
                return
            if answer.sqlstate != "00000":
                session.run("ROLLBACK TO before")
        session.run("ROLLBACK")
    session.close()
    found.wrong += found.world.fallen(found.said)
