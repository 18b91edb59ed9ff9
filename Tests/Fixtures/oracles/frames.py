"""Byte strings one after the other, each with its length in front: LENGTH:BYTES."""


def joined(items):
    return b"".join(b"%d:%b" % (len(item), item) for item in items)


def split(data):
    start = 0
    while start < len(data):
        colon = data.index(b":", start)
        start = colon + 1 + int(data[start:colon])
        yield data[colon + 1 : start]
