"""Random constants, as SQL has them: ordinary ones, those at the edges, and such as are none."""

import string

SLUGS = ["acme", "zqxbglobex", "zqxbinitech", "shared"]
IDS = ["a0000000-0000-4000-8000-00000000000a", "b0e1b0e1-b0e1-4b0e-8b0e-b0e1b0e1b0e1", "00000000-0000-0000-0000-000000000000",
       "ffffffff-ffff-ffff-ffff-ffffffffffff"]
SCOPES = ['{"team": "red"}', '{"team": "blue"}', "{}", '{"team": "red", "agent": "x"}', '{"team": "red", "agent": "y", "more": "z"}',
          '{"team": ["red", "blue"]}', '{"team": null}', "[]", '{"team": {"a": 1}}', "null", '{"team": ""}', '{"a": "b", "a": "c"}']
TEXTS = ["", "own", "own1", "%", "own%", "x", "tk_", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "'", '"', "\\", "\t\n", "ä€😀", "NaN", "-1",
         "read", "write", "trace:read", "tokens", "cost", "day", "month", "tool_call", "denial", "redaction", "app.note", "pg_class",
         "tenancy.tenant", "2026-01-01", "1 day", "{}", "null", "[1]", "a" * 300, "é" * 100, "{read,write}", "app", "public", "../..", "\x7f",
         "tenancy.checkpoint", "acme/1\n1\nAAAA\n", "— x AAAA"]
NUMBERS = [0, 1, 2, 3, 7, 11, 12, -1, 255, 256, 32767, 65536, 2**31 - 1, -2**31, 2**53, 2**63 - 1, -2**63, 2**64]


def quoted(text):
    return "'" + text.replace("'", "''").replace("\0", "") + "'"


def constant(random, kind):
    """A value of that type, or now and then what is none."""
    if random.randrange(100) < 6:
        return f"NULL::{kind}"
    make = MAKERS.get(kind)
    return make(random) if make else f"{quoted(text(random))}::{kind}"


def text(random):
    if random.randrange(3):
        return random.choice(TEXTS + SLUGS)
    letters = string.ascii_letters + string.digits + "_-. {}[]\":,/'\\é"
    return "".join(random.choice(letters) for _ in range(random.randrange(40)))


def number(random):
    return random.choice(NUMBERS) if random.randrange(4) == 0 else random.randrange(-1, 14)


def limited(bits):
    most = 2 ** (bits - 1)
    return lambda random: f"({max(-most + 1, min(number(random), most - 1))})::int{bits // 8}"


def array(kind):
    def make(random):
        return f"ARRAY[{', '.join(constant(random, kind) for _ in range(random.choice([0, 1, 1, 2, 3, 40])))}]::{kind}[]"
    return make


def timestamp(random):
    return quoted(random.choice(["now", "epoch", "infinity", "-infinity", "tomorrow", "2026-11-23 05:00:00.000001+00", "4713-01-01 BC", "294276-12-31"])) + "::timestamptz"


def interval(random):
    return quoted(random.choice(["0", "1 hour", "-1 day", "1 month", "1000 years", "178000000 years", "1 microsecond", "-178000000 years", "5 minutes"])) + "::interval"


def numeric(random):
    return random.choice(["0", "1", "0.5", "-1", "'NaN'", "'Infinity'", "'-Infinity'", "1e-300", "9e130000", "1e131000", "0.000000001", "18446744073709551616", "7"]) + "::numeric"


def real(random):
    return random.choice(["0", "1.5", "'NaN'", "'Infinity'", "-1", "1e300", "5e-324"]) + "::float8"


def vector(random):
    length = random.choice([4] * 12 + [1, 3, 16000])
    digits = random.choice(["0", "1", "-0.5", "1e38", "1e-40"])
    return f"'[{','.join([str(random.randrange(4)) if random.randrange(3) else digits for _ in range(length)])}]'::vector"


def json(random):
    deep = random.choice([1, 3, 100, 6000])
    return quoted(random.choice(SCOPES + ["1", '"x"', '{"body": "own1"}', '{"user_id": "u", "scope": {"team": "red"}}', '{"scope": {"team": "blue"}}',
                                          '{"on_behalf_of": "tk_x"}', '{"roles": ["a"]}', '{"metadata": {"a": 1e400}}', '{"n": 1e300}', "[" * deep + "]" * deep,
                                          '{"own": "own1"}', '{"roles": [1]}', '{"n": {"gt": 1}}']))+ "::jsonb"


MAKERS = {
    "text": lambda random: quoted(text(random)),
    "name": lambda random: f"{quoted(text(random))}::name",
    "uuid": lambda random: quoted(random.choice(IDS)) + "::uuid",
    "bigint": lambda random: f"({max(-2**63 + 1, min(number(random), 2**63 - 1))})::bigint",
    "integer": limited(32), "smallint": limited(16), "oid": lambda random: f"{abs(number(random)) % 2**32}::oid",
    "boolean": lambda random: random.choice(["true", "false"]),
    "tenancy.scope": lambda random: quoted(random.choice(SCOPES)) + "::tenancy.scope",
    "jsonb": json, "vector": vector, "numeric": numeric, "interval": interval, "double precision": real, "real": real,
    "timestamp with time zone": timestamp, "timestamptz": timestamp,
    "regclass": lambda random: random.choice(["'app.note'", "'app.memo'", "'app.event'", "'app.event_even'", "'pg_class'", "'tenancy.tenant'", "'app.note_line'",
                                              "'app.chunk_nearest'", "0", "4294967295"]) + "::regclass",
    "regnamespace": lambda random: random.choice(["'app'", "'pg_catalog'", "'tenancy'", "0", "4294967295"]) + "::regnamespace",
    "bytea": lambda random: quoted("\\x" + "".join(random.choice("0123456789abcdef") * 2 for _ in range(random.randrange(40)))) + "::bytea",
    "text[]": array("text"), "uuid[]": array("uuid"), "regclass[]": array("regclass"),
    "anyelement": lambda random: random.choice(["NULL::app.chunk", "NULL::app.note", "NULL::text", "NULL::bigint", "NULL::int", "NULL::uuid", "1", "'x'::text", "NULL::app.word",
                                                "NULL::app.event", "NULL::app.event_even", "NULL::tenancy.scope", "NULL::float8", "ROW(1)", "NULL::pg_class", "NULL::vector"]),
}
