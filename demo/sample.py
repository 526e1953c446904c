"""The sample's files of embeddings: COPY's binary format with the columns (line int, embedding halfvec), where line
counts from 1 in the file of the texts. All records have one size, so numpy reads and writes the file whole."""

import pathlib

import numpy as np

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"


def layout(dimensions):
    return np.dtype([("columns", ">i2"), ("line_bytes", ">i4"), ("line", ">i4"), ("embedding_bytes", ">i4"),
                     ("dimensions", ">i2"), ("unused", ">i2"), ("embedding", ">f2", dimensions)])


def texts(path):
    """The last column of each line."""
    return [line.rsplit("\t", 1)[-1] for line in pathlib.Path(path).read_text().splitlines()]


def write(path, embeddings):
    rows, dimensions = embeddings.shape
    records = np.zeros(rows, layout(dimensions))
    records["columns"] = 2
    records["line_bytes"] = 4
    records["line"] = np.arange(1, rows + 1)
    records["embedding_bytes"] = 4 + 2 * dimensions
    records["dimensions"] = dimensions
    records["embedding"] = embeddings
    pathlib.Path(path).write_bytes(SIGNATURE + records.tobytes() + END)


def read(path):
    data = pathlib.Path(path).read_bytes()
    dimensions = int.from_bytes(data[len(SIGNATURE) + 14:][:2], "big")
    return np.frombuffer(data[len(SIGNATURE):-len(END)], layout(dimensions))["embedding"].astype(np.float32)
