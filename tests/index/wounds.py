"""Ways to damage an index's file. Each takes the file's bytes and a source of chance, and changes them."""

from page import BUCKET, CENTRE, CHAIN, END, HEADER, KEY, NONE, RECORD, SHARED, SIZE, pages

# Bytes of an entry: address and tag, and a code of four bits for 64 dimensions.
STRIDE = 7 + 9 + 4 * 8

WOUNDS = []


def wound(function):
    WOUNDS.append(function)
    return function


def some(file, chance, *kinds):
    return chance.choice([page for page in pages(file) if not kinds or page.kind in kinds])


def record(file, chance, chained=None):
    """A bucket page, and where a record on it is: of a tenant with a chain, or without."""
    found = [(page, at) for page in pages(file) if page.kind == BUCKET for at in page.records()
             if chained is None or (page.get(at + KEY) != NONE) == chained]
    return chance.choice(found)


def anywhere(file, chance):
    """A block that there is, or hardly is."""
    return chance.choice([chance.randrange(len(file) // SIZE), len(file) // SIZE, 0x7FFFFFFF, NONE - 1])


# Page headers and what stands at their end

@wound
def lower(file, chance):
    some(file, chance).lower = chance.choice([0, 23, 25, 160, 161, END, END + 1, 65535, chance.randrange(65536)])


@wound
def upper(file, chance):
    some(file, chance).upper = chance.choice([0, 1, 23, END + 1, END - 1, 65535, chance.randrange(65536)])


@wound
def special(file, chance):
    some(file, chance).special = chance.choice([0, END - 1, SIZE, 65535])


@wound
def layout_version(file, chance):
    some(file, chance).version = chance.choice([0, 65535])


@wound
def key(file, chance):
    some(file, chance, CHAIN, CENTRE).fill(END, END + KEY, chance.randbytes(KEY))


@wound
def kind(file, chance):
    some(file, chance).kind = chance.randrange(256) if chance.random() < 0.5 else chance.randrange(8)


@wound
def magic(file, chance):
    some(file, chance).magic ^= 1 << chance.randrange(32)


@wound
def zeroed_page(file, chance):
    some(file, chance).fill(0, SIZE, bytes(SIZE))


@wound
def zeroed_root(file, _chance):
    pages(file)[1].fill(0, SIZE, bytes(SIZE))


# The meta page

@wound
def dimensions(file, chance):
    pages(file)[0].dimensions = chance.choice([0, 1, 17, 64, 65, 4000, 16000, 1 << 20, 0x7FFFFFC0, 0xFFFFFFC0, NONE])


@wound
def bits(file, chance):
    pages(file)[0].bits = chance.choice([0, 1, 2, 3, 5, 64, 255])


@wound
def metric(file, chance):
    pages(file)[0].metric = chance.randrange(256) if chance.random() < 0.5 else chance.randrange(4)


@wound
def format_version(file, chance):
    pages(file)[0].format = chance.choice([0, 2, NONE])


# Bucket pages

@wound
def tag(file, chance):
    page = some(file, chance, BUCKET)
    for at in chance.sample(list(page.entries(STRIDE)), 1):
        page.fill(at + 6, at + 7, bytes([chance.randrange(256)]))


@wound
def depth(file, chance):
    page = some(file, chance, BUCKET)
    page.depth = chance.choice([0, page.depth ^ 1, 31, 32, 33, 255])


@wound
def prefix(file, chance):
    some(file, chance, BUCKET).prefix ^= 1 << chance.randrange(24, 32)


@wound
def link(file, chance):
    page = chance.choice([page for page in pages(file) if page.kind == BUCKET and page.depth])
    page.put(page.link(chance.randrange(page.depth)), chance.choice([0, 1, page.block, NONE, anywhere(file, chance)]))


@wound
def directory_in_circles(file, _chance):
    """Every link of the deepest directory leads to its root."""
    root = pages(file)[1]
    root.depth = 32
    for depth in range(32):
        root.put(root.link(depth), 1)


@wound
def record_key(file, chance):
    page, at = record(file, chance)
    page.fill(at, at + KEY, chance.randbytes(KEY))


@wound
def record_twice(file, chance):
    page = chance.choice([page for page in pages(file) if page.kind == BUCKET and len(page.records()) > 1])
    one, other = chance.sample(page.records(), 2)
    page.fill(one, one + KEY, page.bytes[page.start + other:page.start + other + KEY])


@wound
def head(file, chance):
    page, at = record(file, chance)
    page.put(at + KEY, chance.choice([page.block, 0, anywhere(file, chance)]))


@wound
def head_is_the_bucket(file, chance):
    page, at = record(file, chance)
    page.put(at + KEY, page.block)


@wound
def no_head(file, chance):
    page, at = record(file, chance, chained=True)
    page.put(at + KEY, NONE)


@wound
def heads_swapped(file, _chance):
    """Two tenants with the chains of each other."""
    (one, at), (other, there) = [(page, at) for page in pages(file) if page.kind == BUCKET for at in page.records()
                                 if page.get(at + KEY) != NONE][:2]
    head = one.get(at + KEY)
    one.put(at + KEY, other.get(there + KEY))
    other.put(there + KEY, head)


@wound
def length_of_chain(file, chance):
    page, at = record(file, chance)
    page.put(at + KEY + 4, chance.choice([0, 1, 0x7FFFFFFF, NONE]))


@wound
def centre_of_record(file, chance):
    page, at = record(file, chance)
    page.put(at + KEY + 8, chance.choice([page.block, anywhere(file, chance)]))


# Shared pages

@wound
def next_of_bucket(file, chance):
    page = some(file, chance, BUCKET)
    page.next = chance.choice([page.block, 0, anywhere(file, chance), some(file, chance, SHARED).block])


@wound
def shared_pages_lost(file, chance):
    some(file, chance, BUCKET, SHARED).next = NONE


@wound
def next_of_shared(file, chance):
    page = some(file, chance, SHARED)
    page.next = chance.choice([page.block, page.centre, 0, anywhere(file, chance), some(file, chance, SHARED).block])


@wound
def owner(file, chance):
    page = some(file, chance, SHARED)
    page.centre = chance.choice([page.block, 0, anywhere(file, chance), some(file, chance, BUCKET).block])


@wound
def shared_pages_swapped(file, chance):
    one, other = some(file, chance, SHARED), some(file, chance, SHARED)
    swap(file, one, other)


@wound
def tag_on_shared(file, chance):
    page = some(file, chance, SHARED)
    for at in chance.sample(list(page.entries(STRIDE)), 1):
        page.fill(at + 6, at + 7, bytes([chance.randrange(256)]))


# Chain and centre pages

@wound
def next_page(file, chance):
    some(file, chance, CHAIN).next = anywhere(file, chance)


@wound
def chain_ends_early(file, chance):
    some(file, chance, CHAIN).next = NONE


@wound
def chain_leads_to_itself(file, chance):
    page = some(file, chance, CHAIN)
    page.next = page.block


@wound
def chain_in_circles(file, chance):
    one = some(file, chance, CHAIN)
    other = chance.choice([page for page in pages(file) if page.kind == CHAIN])
    other.next = one.block


@wound
def chain_leads_to_its_bucket(file, chance):
    some(file, chance, CHAIN).next = chance.choice([page.block for page in pages(file) if page.kind == BUCKET])


@wound
def centre_of_chain(file, chance):
    page = some(file, chance, CHAIN)
    page.centre = chance.choice([page.block, NONE, anywhere(file, chance)])


@wound
def centre_before(file, chance):
    page = some(file, chance, CENTRE)
    page.next = chance.choice([page.block, anywhere(file, chance)])


@wound
def centre_numbers(file, chance):
    some(file, chance, CENTRE).fill(HEADER, HEADER + 4, chance.choice([b"\xff" * 4, b"\x00\x00\xc0\x7f", bytes(4)]))


# Entries

@wound
def address(file, chance):
    page = some(file, chance, BUCKET, SHARED, CHAIN)
    for at in chance.sample(list(page.entries(STRIDE)), min(3, len(page.entries(STRIDE)))):
        page.fill(at, at + 6, chance.choice([bytes(6), b"\xff" * 6, chance.randbytes(6),
                                             bytes([chance.randrange(200), 0, 0, 0, chance.randrange(60), 0])]))


@wound
def code(file, chance):
    page = some(file, chance, BUCKET, SHARED, CHAIN)
    for at in page.entries(STRIDE):
        page.fill(at + 7, at + STRIDE, chance.randbytes(STRIDE - 7))


# Whole pages, and the file

@wound
def pages_swapped(file, chance):
    one, other = chance.sample(pages(file), 2)
    swap(file, one, other)


@wound
def chain_pages_swapped(file, chance):
    one, other = chance.sample([page for page in pages(file) if page.kind == CHAIN], 2)
    swap(file, one, other)


def swap(file, one, other):
    held = bytes(file[one.start:one.start + SIZE])
    one.fill(0, SIZE, file[other.start:other.start + SIZE])
    other.fill(0, SIZE, held)


@wound
def page_copied(file, chance):
    one, other = chance.sample(pages(file), 2)
    one.fill(0, SIZE, file[other.start:other.start + SIZE])


@wound
def truncated(file, chance):
    del file[chance.randrange(len(file) // SIZE) * SIZE:]


@wound
def truncated_within_a_page(file, chance):
    del file[chance.randrange(len(file)):]


@wound
def one_bit(file, chance):
    file[chance.randrange(len(file))] ^= 1 << chance.randrange(8)


@wound
def one_bit_where_it_matters(file, chance):
    """Of a header, a directory, a record, or the end of a page."""
    page = some(file, chance)
    at = chance.choice([chance.randrange(8, HEADER), chance.randrange(END, SIZE), chance.randrange(HEADER, HEADER + 40),
                        chance.randrange(max(HEADER, min(page.upper, END - RECORD)), END)])
    file[page.start + at] ^= 1 << chance.randrange(8)


@wound
def random_bytes(file, chance):
    for _ in range(chance.choice([5, 50, 500])):
        file[chance.randrange(len(file))] = chance.randrange(256)


@wound
def random_page(file, chance):
    some(file, chance).fill(0, SIZE, chance.randbytes(SIZE))


@wound
def random_content(file, chance):
    """With the header and the end of a page as they were."""
    some(file, chance).fill(HEADER, END, chance.randbytes(END - HEADER))

