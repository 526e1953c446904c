"""Sessions that work at once, each in a process of its own."""

import collections
import contextlib
import multiprocessing
import random
import time

import psycopg


class Worker:
    """One connection that does one thing until a time; gives how often, and what went wrong."""

    connection = None
    # What its statements may fail with.
    expected = ()

    def __init__(self, parameters, seed, until):
        self.parameters = parameters
        self.random = random.Random(seed)
        self.until = until
        self.did = 0
        self.wrong = []

    def work(self):
        """Ends early when the server does."""
        try:
            with psycopg.connect(**self.parameters, autocommit=True) as self.connection:
                self.prepare()
                while time.time() < self.until:
                    with contextlib.suppress(*self.expected):
                        self.once()
                        self.did += 1
        except psycopg.OperationalError as error:
            if not is_going_down(error):
                self.wrong.append(describe(error))
        except psycopg.Error as error:
            self.wrong.append(describe(error))
        return type(self).__name__, self.did, self.wrong

    def prepare(self):
        pass

    def ask(self, sql, **parameters):
        return self.connection.execute(sql, parameters).fetchall()


def is_going_down(error):
    # 57P01 to 57P03: shut down, crashed, starts up.
    return error.sqlstate is None or error.sqlstate.startswith("57P")


def describe(error):
    return f"{error.sqlstate} {type(error).__name__}: {error}"


def wait_for(barrier):
    barrier.wait(60)


class Run:
    """Workers that run at once, each in a process of its own."""

    def __init__(self, seconds, seed, *workers):
        """Each worker: what it is, its server, and how many of them."""
        every = [(worker, server) for worker, server, count in workers for _ in range(count)]
        processes = multiprocessing.get_context("spawn")
        ready = processes.Barrier(len(every) + 1)
        self.pool = processes.Pool(len(every), wait_for, [ready])
        wait_for(ready)
        self.until = time.time() + seconds
        self.running = [self.pool.apply_async(worker(server.parameters(), seed * 100 + n, self.until).work)
                        for n, (worker, server) in enumerate(every)]

    def wait(self, patience=30):
        """How often each kind of worker did its work, and what went wrong."""
        did, wrong = collections.Counter(), []
        for worker in self.running:
            try:
                name, times, problems = worker.get(max(0, self.until + patience - time.time()))
                did[name] += times
                wrong += [f"{name}: {problem}" for problem in problems]
            except multiprocessing.TimeoutError:
                wrong.append("a worker hangs")
        self.pool.terminate()
        return did, wrong
