"""Deterministic content: text, half-compressible bytes and the tree of 20,000 small files.

Everything comes from seeded generators, so two machines make the same bytes.
"""

import random

LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
SEPARATORS = (" ", " ", " ", ";\n", "(", ") ", " = ", "\n  ")
BLOCK = 4096


def _vocabulary():
    """Words by rank, the common ones many times (about Zipf's law)."""
    rand = random.Random(1)
    words = ["".join(rand.choice(LETTERS) for _ in range(rand.randint(2, 10))) for _ in range(900)]
    return [word for rank, word in enumerate(words) for _ in range(max(1, 400 // (rank + 3)))]


VOCABULARY = _vocabulary()


def text(rand, size):
    """`size` bytes that look and compress like source code."""
    parts, length = [], 0
    while length < size:
        part = rand.choice(VOCABULARY) + rand.choice(SEPARATORS)
        parts.append(part)
        length += len(part)
    return "".join(parts)[:size].encode()


def mixed(rand, size, noise=0.22):
    """`size` bytes of which a share of 4 KiB blocks is random and the rest text (gzip: about 2.2 to 1)."""
    pool = [text(rand, BLOCK) for _ in range(600)]
    out = bytearray()
    while len(out) < size:
        if rand.random() < noise:
            out += rand.randbytes(BLOCK)
        else:
            cut = rand.randrange(BLOCK // 2)
            out += rand.choice(pool)[cut:] + rand.choice(pool)[:cut]
    return bytes(out[:size])


def small_files(count=20_000, total=300_000_000):
    """`(path, bytes)` of a tree like `node_modules`: log-normal sizes, in sum about `total` bytes."""
    rand = random.Random(2)
    source = b"".join(text(rand, 1 << 20) for _ in range(8))
    sizes = [min(400_000, max(80, int(rand.lognormvariate(8.6, 1.35)))) for _ in range(count)]
    scale = total / sum(sizes)
    folders = ("", "lib/", "dist/", "lib/util/", "src/")
    for number, raw in enumerate(sizes):
        size, package = max(40, int(raw * scale)), number // 25
        at = rand.randrange(len(source) - 1)
        body = source[at:at + size] or source[:size]
        body = (f"/* {number} */ ".encode() + body + source)[:size]
        scope = f"@s{package % 9}/" if package % 4 == 0 else ""
        yield f"node_modules/{scope}pkg{package}/{folders[number % 5]}f{number}.js", body


def slices(seed, count, size, pool_size=24 << 20):
    """`count` different pieces of `size` bytes (a number, or a function of the generator)."""
    rand = random.Random(seed)
    pool = mixed(rand, pool_size)
    for number in range(count):
        length = size if isinstance(size, int) else size(rand)
        at = rand.randrange(len(pool) - length)
        yield f"{number}\n".encode() + pool[at:at + length]
