"""The bytes of an index's pages, as src/index/page.rs lays them out: as much as it takes to damage them."""

import struct

SIZE = 8192
HEADER = 24
KEY = 16
SPECIAL = KEY + 16
END = SIZE - SPECIAL
DIRECTORY = 8 + 4 * 32
RECORD = KEY + 12
NONE = 0xFFFFFFFF
META, BUCKET, CHAIN, CENTRE, FREE, SHARED = range(1, 7)


class Field:
    """A number at a place of a page."""

    def __init__(self, at, form="I"):
        self.at, self.form = at, "=" + form

    def __get__(self, page, _=None):
        return struct.unpack_from(self.form, page.bytes, page.start + self.at)[0]

    def __set__(self, page, value):
        struct.pack_into(self.form, page.bytes, page.start + self.at, value)


class Page:
    lower = Field(12, "H")
    upper = Field(14, "H")
    special = Field(16, "H")
    version = Field(18, "H")
    next = Field(END + KEY)
    centre = Field(END + KEY + 4)
    magic = Field(END + KEY + 8)
    kind = Field(END + KEY + 12, "B")
    # Of the meta page
    format = Field(HEADER)
    dimensions = Field(HEADER + 4)
    metric = Field(HEADER + 8, "B")
    bits = Field(HEADER + 9, "B")
    # Of a bucket page
    depth = Field(HEADER, "B")
    prefix = Field(HEADER + 4)

    def __init__(self, file, block):
        self.bytes, self.block, self.start = file, block, block * SIZE

    def put(self, at, value):
        struct.pack_into("=I", self.bytes, self.start + at, value)

    def get(self, at):
        return struct.unpack_from("=I", self.bytes, self.start + at)[0]

    def fill(self, start, end, value):
        self.bytes[self.start + start:self.start + end] = value

    def link(self, depth):
        """Where the link of a bucket page is."""
        return HEADER + 8 + 4 * depth

    def records(self):
        """Where the records of a bucket page's tenants are: key, head, pages, centre."""
        return [at for at in range(END - RECORD, self.upper - 1, -RECORD)]

    def entries(self, stride):
        """Where the entries are: address, tag, code."""
        return range(HEADER + (DIRECTORY if self.kind == BUCKET else 0), self.lower, stride)


def pages(file):
    return [Page(file, block) for block in range(len(file) // SIZE)]
