"""The rows of bench/recall: embeddings of WordNet's glosses, shared out among tenants of very different sizes.

The largest tenant holds real embeddings. The others hold variations of real ones, each tenant of one of WordNet's
topics: see `blend`. Queries like the data are made as the tenant's rows are, but are none of them; foreign ones are the
synopses of Debian's packages that the demonstration ships.
"""

import multiprocessing
import os
import pathlib
import sys
import uuid
from dataclasses import dataclass

import numpy as np

DEMO = pathlib.Path(__file__).resolve().parent.parent / "demo"
sys.path.insert(0, str(DEMO))

import sample
from minilm import DIMENSIONS, MiniLM

# How many rows a tenant has, and how many tenants have that many: 1,000 in all.
LARGEST = int(os.environ.get("BENCH_LARGEST", 100_000))
SIZES = {10: 765, 100: 200, 1_000: 30, 10_000: 3, 33_000: 1, LARGEST: 1}
QUERIES = 48  # of each kind and size, spread over the tenants of that size
SPARE = 40_000  # rows to insert
K = 10


@dataclass
class Tenant:
    number: int
    size: int
    rows: np.ndarray


@dataclass
class Query:
    """One of a tenant's, with the rows it should return: ids of its 10 nearest, by exact distance."""
    kind: str
    tenant: Tenant
    vector: np.ndarray
    nearest: frozenset


def glosses(folder):
    """Every synonym set of WordNet: the number of its topic, and its first word with what it means, without examples."""
    for file in sorted(folder.glob("data.*")):
        for line in file.read_text().splitlines():
            if not line.startswith("  "):
                data, gloss = line.split(" | ", 1)
                _, topic, _, _, word, *_ = data.split(" ")
                meaning = gloss.split('; "')[0].strip()
                yield int(topic), f"{word.replace('_', ' ')}: {meaning}"


def embed(texts):
    return MiniLM().embed(texts)


def embeddings(folder, texts):
    """Computed once, then kept beside the texts."""
    file = folder / "glosses.npy"
    if not file.exists():
        with multiprocessing.Pool(len(os.sched_getaffinity(0))) as pool:
            parts = pool.imap(embed, [texts[i:i + 2000] for i in range(0, len(texts), 2000)])
            np.save(file, np.concatenate([part.astype(np.float16) for part in parts]))
    return np.load(file).astype(np.float32)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def blend(random, real, count):
    """Variations of real embeddings. Each mixes two about the mean of all, with weights whose squares add up to one:
    so their mean and covariance stay those of the real ones. Then it is scaled back to length 1."""
    first, second = real[random.integers(len(real), size=(2, count))]
    centre = real.mean(axis=0)
    return unit(centre + 0.8 * (first - centre) + 0.6 * (second - centre))


def world(folder):
    """The tenants, the queries, and spare rows to insert. The same each time."""
    random = np.random.default_rng(4)
    topics, texts = zip(*glosses(folder))
    real = unit(embeddings(folder, texts))
    topics = [real[np.array(topics) == topic] for topic in sorted(set(topics))]
    topics = [topic for topic in topics if len(topic) >= 500]
    foreign = unit(sample.read(DEMO / "packages.halfvec"))

    tenants, queries = [], []
    for size, count in SIZES.items():
        for number in range(count):
            asked = QUERIES // count + (number < QUERIES % count)
            if size == LARGEST:
                real_ones = random.permutation(real)
                if size + asked > len(real):
                    real_ones = np.concatenate([real_ones, blend(random, real, size + asked - len(real))])
                made = real_ones[:size + asked]
            else:
                made = blend(random, topics[random.integers(len(topics))], size + asked)
            tenant = Tenant(len(tenants), size, made[:size])
            tenants.append(tenant)
            for kind, vectors in [("like", made[size:]), ("foreign", foreign[random.integers(len(foreign), size=asked)])]:
                queries += [Query(kind, tenant, vector, nearest(tenant, vector)) for vector in vectors]
    return tenants, queries, blend(random, max(topics, key=len), SPARE)


def as_copied(places):
    """Rows (tenant's id, id, vector) in COPY's binary format, piece by piece."""
    layout = np.dtype([("columns", ">i2"), ("tenant_bytes", ">i4"), ("tenant", "V16"), ("id_bytes", ">i4"), ("id", ">i8"),
                       ("vector_bytes", ">i4"), ("dimensions", ">i2"), ("unused", ">i2"), ("vector", ">f4", DIMENSIONS)])
    yield sample.SIGNATURE
    for at in range(0, len(places), 10_000):
        tenant_ids, ids, vectors = zip(*places[at:at + 10_000])
        records = np.zeros(len(ids), layout)
        for name, value in [("columns", 3), ("tenant_bytes", 16), ("id_bytes", 8), ("vector_bytes", 4 + 4 * DIMENSIONS),
                            ("dimensions", DIMENSIONS), ("id", ids), ("vector", vectors)]:
            records[name] = value
        records["tenant"] = np.array([uuid.UUID(tenant_id).bytes for tenant_id in tenant_ids], "V16")
        yield records.tobytes()
    yield sample.END


def nearest(tenant, vector):
    distances = 1 - tenant.rows @ vector
    return frozenset(np.argpartition(distances, min(K, tenant.size) - 1)[:K].tolist())
