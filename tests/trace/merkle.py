"""The trees of RFC 6962, from its text: a second opinion on what the server signs and proves."""

import base64
import hashlib

EMPTY = hashlib.sha256().digest()


def leaf(record):
    return hashlib.sha256(b"\0" + record).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split(size):
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves):
    """MTH of section 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def root_by_path(position, size, start, path):
    """What PATH of section 2.1.1 leads to from a leaf; the path is used up."""
    if size == 1:
        return start
    k, beside = split(size), path.pop()
    if position < k:
        return node(root_by_path(position, k, start, path), beside)
    return node(beside, root_by_path(position - k, size - k, start, path))


def roots_by_proof(old, size, old_root, path, whole=True):
    """The old and the new root that SUBPROOF of section 2.1.2 leads to; the proof is used up."""
    if old == size:
        same = old_root if whole else path.pop()
        return same, same
    k, beside = split(size), path.pop()
    if old <= k:
        before, after = roots_by_proof(old, k, old_root, path, whole)
        return before, node(after, beside)
    before, after = roots_by_proof(old - k, size - k, old_root, path, False)
    return node(beside, before), node(beside, after)


def read_checkpoint(note):
    """Origin, size and root of a checkpoint (C2SP tlog-checkpoint)."""
    origin, size, hashed = note.split("\n")[:3]
    return origin, int(size), base64.b64decode(hashed)


def read_proof(text):
    """The lines before the hashes, the hashes, and the checkpoint."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    said = [line for line in lines if " " in line or "@" in line]
    return said, [base64.b64decode(line) for line in lines[len(said):]], note


def proves_inclusion(text, leaf_hash):
    """What is wrong with a proof (C2SP tlog-proof) that a leaf is in a checkpoint's tree."""
    said, path, note = read_proof(text)
    if said[0] != "c2sp.org/tlog-proof@v1" or not said[-1].startswith("index "):
        return [f"no proof: {text}"]
    _, size, signed = read_checkpoint(note)
    try:
        made = root_by_path(int(said[-1].removeprefix("index ")), size, leaf_hash, path)
    except IndexError:
        return ["the proof is too short"]
    return [] if made == signed and not path else ["the proof leads to another root"]


def proves_consistency(text, old_note, new_note):
    """What is wrong with a proof (request to a C2SP tlog-witness) that one checkpoint's tree begins with another's."""
    said, path, note = read_proof(text)
    origin, old, old_root = read_checkpoint(old_note)
    new_origin, new, new_root = read_checkpoint(new_note)
    if said != [f"old {old}"] or note != new_note or origin != new_origin:
        return [f"the proof is about something else: {said}, {note}"]
    try:
        made = roots_by_proof(old, new, old_root, path)
    except IndexError:
        return ["the proof is too short"]
    return [] if made == (old_root, new_root) and not path else [f"the log forked between {old} and {new}"]
