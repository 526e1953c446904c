"""The picture of bench/recall: time and recall by the size of the tenant, for both kinds of queries."""

import math

from recall_ways import WAYS

COLOURS = "#c2185b", "#f48fb1", "#616161", "#1976d2", "#f9a825", "#2e7d32"
KINDS = {"like": "queries like the data", "foreign": "queries foreign to the data"}
WIDTH, HEIGHT, LEFT, TOP, GAP = 360, 220, 60, 100, 60


def draw(cells):
    ways = [way for way in WAYS if any(cell.way == way for cell in cells)]
    sizes = sorted({cell.size for cell in cells})
    longest = max(cell.median() for cell in cells)
    shortest = min(cell.median() for cell in cells)
    # Whole powers of ten around all times.
    decades = range(math.floor(math.log10(shortest)), math.ceil(math.log10(longest)) + 1)

    def across(size):
        return WIDTH * (math.log10(size) - math.log10(sizes[0])) / (math.log10(sizes[-1]) - math.log10(sizes[0]))

    def time_down(cell):
        return HEIGHT * (decades[-1] - math.log10(cell.median())) / (decades[-1] - decades[0])

    def recall_down(cell):
        return HEIGHT * (1 - cell.recall)

    width, height = LEFT + 2 * (WIDTH + GAP), TOP + 2 * (HEIGHT + GAP)
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
           'font-family="sans-serif" font-size="12">')
    yield f'<rect width="{width}" height="{height}" fill="#fff"/>'
    for i, way in enumerate(ways):
        x, y = LEFT + i % 3 * 250, 24 + i // 3 * 22
        yield f'<path d="M{x} {y}h24" stroke="{COLOURS[i]}" stroke-width="3"/><text x="{x + 30}" y="{y + 4}">{way.name}</text>'

    rows = [("p50", time_down, [(HEIGHT * (decades[-1] - d) / (decades[-1] - decades[0]), duration(d)) for d in decades]),
            ("recall@10", recall_down, [(HEIGHT * (1 - part / 4), f"{part / 4:.2f}") for part in range(5)])]
    for row, (title, down, marks) in enumerate(rows):
        for column, (kind, kind_title) in enumerate(KINDS.items()):
            yield f'<g transform="translate({LEFT + column * (WIDTH + GAP)} {TOP + row * (HEIGHT + GAP)})">'
            yield f'<text y="-10" font-weight="bold">{title}, {kind_title}</text>'
            for y, mark in marks:
                yield f'<path d="M0 {y:.1f}h{WIDTH}" stroke="#ddd"/><text x="-6" y="{y + 4:.1f}" text-anchor="end">{mark}</text>'
            for size in sizes:
                yield f'<text x="{across(size):.1f}" y="{HEIGHT + 16}" text-anchor="middle">{short(size)}</text>'
            for i, way in enumerate(ways):
                points = [f"{across(cell.size):.1f},{down(cell):.1f}" for cell in cells if cell.way == way and cell.kind == kind]
                yield f'<polyline points="{" ".join(points)}" fill="none" stroke="{COLOURS[i]}" stroke-width="2.5"/>'
            yield "</g>"
    yield f'<text x="{LEFT + WIDTH + GAP / 2}" y="{height - 10}" text-anchor="middle">rows of the tenant, of 1,000 tenants in one table</text>'
    yield "</svg>"


def duration(decade):
    return f"{10 ** decade} s" if decade >= 0 else f"{10.0 ** (decade + 3):g} ms"


def short(size):
    return f"{size // 1000}k" if size >= 1000 else str(size)
