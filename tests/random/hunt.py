"""Runs statements in transactions of a bound session, and looks for what must not happen."""

import collections
import random
import time

import psycopg
from grammar import Grammar
from world import Session, leaks, marks

# What Postgres itself answers with XX000, to statements that need no extension.
INTERNAL = "XX000"

# Where it does so for bad arguments that only rows bring about which another database does not have: pg_get_acl's.
CARELESS = {"get_object_property_data"}


class Hunt:
    """Statements against one database of a world."""

    def __init__(self, world, database, seed):
        self.world, self.database = world, database
        self.random = random.Random(seed)
        self.said = world.log_size()
        self.before = world.others(database)
        self.answers = collections.Counter()
        self.session = self.plain = None
        self.wrong = []
        # Names of others that a statement had in it which was committed.
        self.known = set()

    def transactions(self, until, make, most=10**9):
        """Transactions of statements that `make` gives, until a time, or until something is wrong."""
        done = 0
        while time.monotonic() < until and done < most and not self.wrong:
            self.transaction(make)
            done += 1
            if done % 300 == 0:
                self.look()
        self.look()
        if self.session:
            self.session.close()
        return done

    def transaction(self, make):
        # What a floor reaches may stay; what a whole tenant's key changes is taken back, as it may move marks.
        floor = self.random.randrange(3) > 0
        if not self.session or not self.session.is_there():
            self.session = Session(self.world, self.database)
        try:
            self.session.begin(self.world.keys["acme", "red" if floor else "whole"])
        except psycopg.Error as error:
            self.wrong.append(f"bind fails: {error}")
            return
        given = set(self.known)
        for _ in range(self.random.randrange(1, 8)):
            sql = make()
            given |= marks(sql)
            self.session.run("SAVEPOINT before")
            answer = self.session.run(sql)
            self.judge(sql, given, answer, floor)
            if not self.session.is_there():
                self.fell(sql)
                return
            if answer.sqlstate != "00000":
                self.session.run("ROLLBACK TO before")
        if floor and self.random.randrange(2):
            self.session.run("COMMIT")
            self.known = given
        self.session.run("ROLLBACK")
        # And what nobody is bound for.
        if self.random.randrange(4) == 0:
            sql = make()
            self.judge(sql, self.known | marks(sql), self.session.run(sql), True)

    def judge(self, sql, given, answer, floor):
        self.answers[answer.sqlstate] += 1
        if found := leaks(answer, given, floor):
            self.wrong.append(f"shows {', '.join(found)}: {sql}: {answer}")
        if answer.sqlstate == INTERNAL and not self.is_postgres_own(sql, answer):
            self.wrong.append(f"is an internal error: {sql}: {answer}")

    def is_postgres_own(self, sql, answer):
        """Whether a database without the extension answers the same."""
        if "pg_tenancy" in str(answer):
            return False
        if answer.texts[-1] in CARELESS:
            return True
        if not self.plain or not self.plain.is_there():
            self.plain = Session(self.world, "plain", "random_plain")
        self.plain.begin()
        return self.plain.run(sql).sqlstate == INTERNAL

    def fell(self, sql):
        """A session may end itself; a process must not fall."""
        with self.world.server.connect_again():
            pass
        if "pg_terminate_backend" not in sql:
            self.wrong.append(f"ended the session: {sql}")

    def look(self):
        """Whether something changed, or a process fell, meanwhile."""
        self.wrong += self.world.fallen(self.said)
        after = self.world.others(self.database)
        self.wrong += [f"changed: {was} is {now}" for was, now in zip(self.before, after) if was != now]
        if len(after) != len(self.before):
            self.wrong.append(f"changed: {self.before} are {after}")

    def summary(self):
        answered = self.answers["00000"]
        rest = ", ".join(f"{state} {count}" for state, count in self.answers.most_common(9) if state != "00000")
        return f"{self.answers.total()} statements, {answered} answered; {rest}"


def grammar(world, database, seed, until):
    """A hunt with our own statements."""
    hunt = Hunt(world, database, seed)
    hunt.transactions(until, Grammar(hunt.random).statement)
    return hunt
