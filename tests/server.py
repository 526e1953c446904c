"""Servers of the tests' own, which may be killed, copied and damaged."""

import atexit
import faulthandler
import multiprocessing
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import psycopg

HOME = pathlib.Path(os.environ["TEST_TMPDIR"])
BIN = pathlib.Path(os.environ["PG_BINDIR"])
# Another user than root, which Postgres refuses.
RUN_AS = shlex.split(os.environ.get("PG_RUN_AS", ""))
PORT = 5432


def stopped(*_):
    """Stopped half-way, a test program says what its servers were doing, and leaves none behind."""
    for server in Server.made:
        print(server.activity(), file=sys.stderr, flush=True)
    # At once, as threads may wait for them.
    close_all()
    sys.exit(1)


# Not in its workers.
if multiprocessing.parent_process() is None:
    signal.signal(signal.SIGTERM, stopped)
    # Before that it says where it was itself.
    faulthandler.register(signal.SIGTERM, chain=True)


class Server:
    """A server of our own, reached through its socket."""

    # Those that were not closed yet.
    made = []

    def __init__(self, name):
        self.name = name
        self.data = HOME / name
        self.log = HOME / f"{name}.log"
        self.log.unlink(missing_ok=True)
        # A socket's path may have 107 bytes.
        self.socket = pathlib.Path(tempfile.mkdtemp(prefix="pg_tenancy.", dir="/tmp"))
        self.socket.chmod(0o1777)
        Server.made.append(self)

    @classmethod
    def make(cls, name, *options, **settings):
        """A new cluster, running, with the extension."""
        server = cls(name)
        server.run("initdb", "-D", server.data, "-U", "postgres", "--encoding=UTF8", "--no-locale", "--auth=trust",
                   "--no-sync", *options)
        settings |= {"shared_preload_libraries": "pg_tenancy", "listen_addresses": "", "port": PORT}
        server.run("tee", "-a", server.data / "postgresql.conf",
                   input="".join(f"{name} = '{value}'\n" for name, value in settings.items()))
        server.start()
        with server.connect() as connection:
            connection.execute("CREATE EXTENSION vector")
            connection.execute("CREATE EXTENSION pg_tenancy")
        return server

    def copy(self, name):
        """A standby, running."""
        standby = Server(name)
        standby.run("pg_basebackup", "-h", self.socket, "-p", str(PORT), "-U", "postgres", "-D", standby.data,
                    "--checkpoint=fast", "--no-sync", "--write-recovery-conf")
        return standby

    def run(self, program, *arguments, check=True, **options):
        path = BIN / program
        command = [*RUN_AS, str(path if path.exists() else program), *map(str, arguments)]
        ran = subprocess.run(command, cwd=HOME, env=os.environ | {"HOME": str(HOME)}, text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        if check and ran.returncode:
            sys.exit(f"{program} fails:\n{ran.stdout}\n{self.last_words()}")
        return ran.returncode == 0

    def start(self, **settings):
        settings |= {"unix_socket_directories": self.socket}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        # To a file: the server would keep a pipe open.
        self.run("pg_ctl", "start", "-w", "-s", "-t", "60", "-D", self.data, "-l", self.log, "-o", options)

    def stop(self, mode="fast"):
        self.run("pg_ctl", "stop", "-w", "-s", "-m", mode, "-D", self.data, check=False)

    def promote(self):
        self.run("pg_ctl", "promote", "-w", "-s", "-D", self.data)

    def processes(self):
        """The first process, and all that it started."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        children = pathlib.Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def backend(self):
        """A process that serves a session."""
        with self.connect() as connection:
            return connection.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                                      " AND pid <> pg_backend_pid() LIMIT 1").fetchone()[0]

    def connect_again(self):
        """As soon as it is there again after a session was killed or fell."""
        # What it still accepts at first, it ends at once.
        time.sleep(0.3)
        for _ in range(600):
            try:
                return self.connect()
            except psycopg.OperationalError:
                time.sleep(0.05)
        sys.exit(f"{self.name} does not come back:\n{self.last_words()}")

    def kill(self):
        """Kills all processes at once, and waits until they are gone."""
        processes = self.processes()
        for process in processes:
            kill(process)
        end = time.monotonic() + 10
        while any(map(is_there, processes)) and time.monotonic() < end:
            time.sleep(0.01)
        # A process that nobody takes note of keeps its number, and looks to Postgres as if it ran.
        for lock in (self.data / "postmaster.pid", self.socket / f".s.PGSQL.{PORT}.lock"):
            lock.unlink(missing_ok=True)

    def last_words(self):
        return "".join(self.log.read_text(errors="replace").splitlines(True)[-20:]) if self.log.exists() else ""

    def connect(self, **settings):
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        return psycopg.connect(**self.parameters(), options=options, autocommit=True)

    def parameters(self):
        return {"host": str(self.socket), "port": PORT, "user": "postgres", "dbname": "postgres"}

    def activity(self):
        """What its sessions do."""
        try:
            with psycopg.connect(**self.parameters(), connect_timeout=5) as connection:
                rows = connection.execute("SELECT pid, backend_type, state, wait_event_type, wait_event, left(query, 200)"
                                          " FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
        except psycopg.Error as error:
            rows = [error]
        return "\n".join([f"{self.name}:", *map(str, rows)])

    def close(self):
        if self not in Server.made:
            return
        Server.made.remove(self)
        self.stop("immediate")
        shutil.rmtree(self.socket, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)


@atexit.register
def close_all():
    """However the program ended."""
    for server in list(Server.made):
        server.close()


def private(file, text):
    """Writes a file that nobody but the servers' user may read."""
    Server.run(None, "tee", file, input=text)
    Server.run(None, "chmod", "600", file)


def kill(process):
    """As no process can resist."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


def is_there(process):
    """Whether it is a process that runs, not one that nobody took note of yet."""
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
