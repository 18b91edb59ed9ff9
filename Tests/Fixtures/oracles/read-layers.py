#!/usr/bin/env python3
"""read-layers.py INPUT OUTPUT: tells what the files of a variant come to.

Written from docs/configuration.md, on top of Python's configparser. INPUT has a frame for each
case, in it a directory, the five attributes, the build version, the file of the built-in defaults,
then names and texts of the files that the directory gets. OUTPUT gets a frame for each case: all options expanded, the environment of hooks, and
what the public files alone make of it; empty when the files are refused.
"""

import configparser
import fnmatch
import itertools
import os
import re
import sys
from collections import Counter

import frames

# Section, options, and whether an existing section has them though nothing is added.
MERGED = [
    ("buildroot", "mounts", True),
    ("endlesskey", "collections", True),
    ("flatpak", "locales must_keep", True),
    ("flatpak-remote-*", "apps runtimes exclude allow_extra_data", True),
    ("image", "icon_grid settings settings_locks", True),
    ("kolibri", "install_channels", True),
    ("kolibri-*", "include_node_ids exclude_node_ids", True),
    ("buildroot", "packages", False),
    ("image", "branding_subst_vars kernel_args locales", False),
    ("tree", "packages locales", False),
    ("layers", "files", False),
    ("inputs", "hooks", False),
    ("ostree", "hooks", False),
    ("release", "hooks", False),
    ("fleet", "sbatch_options", False),
] + [(group, "hooks", True) for group in "check content error image manifest publish".split()]
ATTRIBUTES = ["product", "branch", "arch", "platform", "personality"]
VALUE = re.compile(r"([^$]|\$\$|\$\{(?!\})[^:}]*(:[^:}]*)?\})*", re.DOTALL)
REFERENCE = re.compile(r"\$\$|\$\{(?:([^:}]*):)?([^:}]*)\}")


class Refused(Exception):
    pass


def read(path):
    # To be quick: most files are not there.
    if not os.path.exists(path):
        return {}
    parser = configparser.RawConfigParser()
    parser.read(path, encoding="utf-8")
    own = {name: dict(parser._sections[name]) for name in parser.sections()}
    return {"DEFAULT": dict(parser.defaults()), **own} if parser.defaults() else own


class Case:
    def __init__(self, root, *arguments):
        self.root = root
        self.variant = dict(zip(ATTRIBUTES, arguments))
        self.version, self.built_in, *files = arguments[len(ATTRIBUTES) :]
        for name, text in zip(files[::2], files[1::2]):
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        local = (os.path.join(root, name) for name in ("local", "local2"))
        self.local = [path for path in local if os.path.isdir(path)]
        self.fleet = "nightly" if any("/fleet/nightly.ini" in n for n in files[::2]) else ""
        self.merged = [(glob, name, on) for glob, names, on in MERGED for name in names.split()]
        for config in self.config_directories():
            for section, options in read(os.path.join(config, "schema.ini")).items():
                for option in options:
                    if option.endswith("_merged"):
                        self.merged.append((section, option[: -len("_merged")], False))

    def config_directories(self):
        return [os.path.join(path, "config") for path in [self.root, *self.local]]

    # The files and their suffixes, in order.

    def tree(self, directory, prefix):
        yield f"{directory}/defaults.ini", prefix + "defaults"
        subsets = (itertools.combinations(ATTRIBUTES, count) for count in range(1, 6))
        for names in itertools.chain.from_iterable(subsets):
            personality = self.variant["personality"].split("_")
            for length in range(len(personality)):
                values = [self.variant[name] for name in names]
                if names[-1] == "personality":
                    values[-1] = "_".join(personality[: length + 1])
                elif length > 0:
                    break
                suffix = prefix + "_".join([*names, *values])
                yield f"{directory}/{'-'.join(names)}/{'-'.join(values)}.ini", suffix.lower()
        if self.fleet:
            yield f"{directory}/fleet/{self.fleet}.ini", f"{prefix}fleet_{self.fleet}"

    def public_layers(self):
        yield from self.tree(f"{self.root}/config", "")
        yield f"{self.root}/etc/config.ini", "system_config"
        for path, prefix in zip(self.local, ("local_", "local2_")):
            yield from self.tree(f"{path}/config", prefix)
        yield f"{self.root}/config/local.ini", "local"
        yield f"{self.root}/vars.ini", "vars"

    def private_layers(self):
        yield f"{self.root}/etc/private.ini", "system_private"
        for path, prefix in zip(self.local, ("local_", "local2_")):
            yield f"{path}/config/private.ini", prefix + "private"
        yield f"{self.root}/config/private.ini", "private"

    # The settings.

    def build_section(self):
        branch = self.variant["branch"]
        build = {
            **self.variant,
            "dry_run": "false",
            "series": branch.rpartition(".")[0] or branch,
            "srcdir": self.root,
            "cachedir": "/var/cache/x",
            "sysconfdir": f"{self.root}/etc",
            "build_version": self.version,
            "use_production_ostree": "false",
            "fleet": self.fleet,
        }
        if self.local:
            build.update(
                localdir=self.local[-1],
                localdirs=":".join(reversed(self.local)),
                localdatadir="${localdir}/data",
            )
        return build

    def merged_options(self, section):
        """The merged options of a section, with whether they are always set."""
        found = {}
        for glob, option, always in self.merged:
            # Options of [DEFAULT] are those of any section.
            if section == "DEFAULT" or fnmatch.fnmatchcase(section, glob):
                found[option] = found.get(option, False) or always
        return found

    def lay_over(self, store, layers):
        for path, suffix in layers:
            for section, options in read(path).items():
                bare = [o + end for o in self.merged_options(section) for end in ("_add", "_del")]
                renamed = {}
                for name, text in options.items():
                    if not VALUE.fullmatch(text):
                        raise Refused
                    new = f"{name}_{suffix}" if name in bare else name
                    renamed[new] = f"{renamed[new]}\n{text}" if new in renamed else text
                store.setdefault(section, {}).update(renamed)
        return store

    def results(self):
        store = {"DEFAULT": {}, "build": self.build_section()}
        for section, options in read(self.built_in).items():
            store.setdefault(section, {}).update(options)
        public = self.lay_over(store, self.public_layers())
        copy = {section: dict(options) for section, options in public.items()}
        complete = self.lay_over(copy, self.private_layers())
        merging = Merging(self, complete, {})
        after = merging.result()
        everything = visible(complete)
        for section, options in visible(after).items():
            everything[section] = {**everything.get(section, {}), **options}
        shown = Merging(self, public, everything).result()
        found = values(after, {})
        return found, environment(found), environment(values(shown, visible(after)))


def visible(store):
    """The options of each section, its own first."""
    return {
        name: {**own, **{o: text for o, text in store["DEFAULT"].items() if o not in own}}
        for name, own in store.items()
        if name != "DEFAULT"
    }


def parser_of(store, hidden):
    """A parser of the settings; what only `hidden` has is there without its text."""
    parser = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation())
    parser.read_dict(store)
    for section, options in hidden.items():
        if not parser.has_section(section):
            parser.add_section(section)
        for option in options:
            if section not in store or not parser.has_option(section, option):
                parser.set(section, option, "<private>")
    return parser


class Merging:
    def __init__(self, case, store, hidden):
        self.store = store
        self.parser = parser_of(store, hidden)
        self.lists = {}
        self.parts = {}
        for section, options in visible(store).items():
            for option, always in case.merged_options(section).items():
                parts = [name for name in options if self.kind(name, option)]
                self.parts.setdefault(section, []).extend(parts)
                if option not in options and (parts or always):
                    self.lists[section, option] = parts
        names = case.merged_options("DEFAULT")
        self.parts["DEFAULT"] = [
            name for name in store["DEFAULT"] if any(self.kind(name, option) for option in names)
        ]

    @staticmethod
    def kind(name, option):
        for kind in ("_add", "_del"):
            if name == option + kind or name.startswith(f"{option}{kind}_"):
                return kind
        return None

    def result(self):
        result = {section: dict(options) for section, options in self.store.items()}
        for section, option in list(self.lists):
            result[section][option] = self.merge(section, option, [])
        for section, names in self.parts.items():
            for name in names:
                result[section].pop(name, None)
        return result

    def merge(self, section, option, waiting):
        key = (section, option)
        if isinstance(self.lists[key], str):
            return self.lists[key]
        if key in waiting:
            raise Refused
        added, deleted, sequence = Counter(), Counter(), []
        for part in self.lists[key]:
            self.prepare(section, part, [*waiting, key], set())
            words = self.parser.get(section, part).split()
            (added if self.kind(part, option) == "_add" else deleted).update(words)
            sequence += words if self.kind(part, option) == "_add" else []
        kept = [word for word, count in added.items() if count > deleted[word]]
        if (section, option) == ("image", "kernel_args"):
            kept = [word for word in sequence if word not in deleted]
        self.lists[key] = "\n".join(kept).replace("$", "$$")
        self.parser.set(section, option, self.lists[key])
        return self.lists[key]

    def prepare(self, section, option, waiting, seen):
        """Merges the lists that an option refers to, directly or not."""
        if (section, option) in seen or not self.parser.has_option(section, option):
            return
        seen.add((section, option))
        for match in REFERENCE.finditer(self.parser.get(section, option, raw=True)):
            if match.group(2) is None:
                continue
            target = section if match.group(1) is None else match.group(1), match.group(2).lower()
            if target in self.lists:
                self.merge(*target, waiting)
            else:
                self.prepare(*target, waiting, seen)


def values(store, hidden):
    parser = parser_of(store, hidden)
    found = {}
    for section, options in visible(store).items():
        for option in options:
            try:
                found[section, option] = parser.get(section, option)
            except configparser.Error:
                found[section, option] = None
    return found


def environment(found):
    variables = {}
    for (section, option), value in found.items():
        if value is None:
            return {}
        name = option if section == "build" else f"{section}_{option}"
        name = re.sub("[^A-Z0-9]", "_", re.sub("[a-z]+", lambda m: m.group().upper(), name))
        variables["EIB_" + name] = value.lower() if value.lower() in ("true", "false") else value
    return variables


def answer(arguments):
    try:
        complete, variables, public = Case(*[part.decode() for part in arguments]).results()
    except (Refused, configparser.Error):
        return b""
    found = [f"complete {name}={value}" for name, value in variables.items()]
    found += [f"public {name}={value}" for name, value in public.items()]
    for (section, option), value in complete.items():
        found.append(f"{section}:{option}" + (" is refused" if value is None else f" = {value}"))
    return frames.joined(sorted(line.encode() for line in found))


with open(sys.argv[1], "rb") as file:
    cases = list(frames.split(file.read()))
with open(sys.argv[2], "wb") as file:
    file.write(frames.joined(answer(frames.split(case)) for case in cases))
