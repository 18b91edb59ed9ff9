#!/usr/bin/env python3
"""read-files.py INPUT OUTPUT: tells what Python's configparser reads.

INPUT has a frame for each case, in it a frame for each file. OUTPUT gets a frame for each case:
the sections with their options, as written and expanded; empty when a file is refused.
"""

import configparser
import io
import sys

import frames


def value(parser, section, option):
    try:
        return b"+" + parser.get(section, option).encode()
    except configparser.Error:
        return b"-"


def reading(files):
    parser = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation())
    try:
        for file in files:
            parser.read_file(io.TextIOWrapper(io.BytesIO(file), encoding="utf-8"))
    except (configparser.Error, UnicodeDecodeError):
        return b""
    found = [b"accepted"]
    for section in parser.sections():
        found.append(b"[" + section.encode())
        for option in parser.options(section):
            text = parser.get(section, option, raw=True)
            found += [option.encode(), text.encode(), value(parser, section, option)]
    return frames.joined(found)


with open(sys.argv[1], "rb") as file:
    cases = list(frames.split(file.read()))
with open(sys.argv[2], "wb") as file:
    file.write(frames.joined(reading(frames.split(case)) for case in cases))
