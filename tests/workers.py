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


def serve(pipe, worker, parameters, seed):
    """A worker's process: it says that it is there, hears until when to work, and tells how that went."""
    pipe.send(None)
    pipe.send(worker(parameters, seed, pipe.recv()).work())


class Run:
    """Workers that run at once, each in a process of its own."""

    def __init__(self, seconds, seed, *workers):
        """Each worker: what it is, its server, and how many of them."""
        every = [(worker, server) for worker, server, count in workers for _ in range(count)]
        self.running = [start(worker, server.parameters(), seed * 100 + n) for n, (worker, server) in enumerate(every)]
        for _, pipe in self.running:
            pipe.recv()
        self.until = time.time() + seconds
        for _, pipe in self.running:
            pipe.send(self.until)

    def wait(self, patience=30):
        """How often each kind of worker did its work, and what went wrong."""
        did, wrong = collections.Counter(), []
        for process, pipe in self.running:
            try:
                if pipe.poll(max(0, self.until + patience - time.time())):
                    name, times, problems = pipe.recv()
                    did[name] += times
                    wrong += [f"{name}: {problem}" for problem in problems]
                else:
                    wrong.append(f"{process.name} hangs")
            except EOFError:
                wrong.append(f"{process.name} ended without a word")
            # As no process can resist: a handler of Python's may never run in one that waits for something else.
            process.kill()
            process.join()
        return did, wrong


def start(worker, parameters, seed):
    processes = multiprocessing.get_context("spawn")
    pipe, its_end = processes.Pipe()
    process = processes.Process(target=serve, args=[its_end, worker, parameters, seed], name=worker.__name__, daemon=True)
    process.start()
    # Else the pipe would stay open when the process is gone.
    its_end.close()
    return process, pipe
