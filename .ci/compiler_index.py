"""Reads the index that the Swift compiler writes with every debug build, by libIndexStore."""

import ctypes
import os
import pathlib
import shutil
import sys

TOOLCHAINS = ':/opt/swift/usr/bin:/usr/local/swift/usr/bin:/usr/libexec/swift/bin'
# Values of indexstore.h.
RECORD, MODULE, DEFINITION, REFERENCE = 2, 1, 1 << 1, 1 << 2
ACCESSORS = {3, 4, *range(1000, 1004), *range(1014, 1019)}


class Pointer(ctypes.c_void_p):
    """Stays a pointer in Python: a c_void_p becomes a number, which is passed on as an int."""


class String(ctypes.Structure):
    _fields_ = [('data', ctypes.c_void_p), ('length', ctypes.c_size_t)]

    def __str__(self):
        return ctypes.string_at(self.data, self.length).decode()


RESULTS = {
    'store_create': Pointer,
    'store_units_apply_f': ctypes.c_bool,
    'unit_reader_create': Pointer,
    'unit_reader_get_main_file': String,
    'unit_reader_get_working_dir': String,
    'unit_reader_get_modification_time': None,
    'unit_reader_dependencies_apply_f': ctypes.c_bool,
    'unit_dependency_get_kind': ctypes.c_int,
    'unit_dependency_get_name': String,
    'record_reader_create': Pointer,
    'record_reader_occurrences_apply_f': ctypes.c_bool,
    'occurrence_get_line_col': None,
    'occurrence_get_roles': ctypes.c_uint64,
    'occurrence_get_symbol': Pointer,
    'symbol_get_kind': ctypes.c_int,
    'symbol_get_name': String,
    'symbol_get_subkind': ctypes.c_int,
    'symbol_get_usr': String,
}


class Index:
    """What is defined, referred to and imported in `files`, a map of full paths to short names."""

    def __init__(self, store, files):
        swift = shutil.which('swift', path=os.environ.get('PATH', '') + TOOLCHAINS)
        if swift is None:
            sys.exit('there is no swift in PATH')
        toolchain = pathlib.Path(swift).resolve().parents[1]
        self.library = ctypes.CDLL(str(toolchain / 'lib/libIndexStore.so'))
        for name, result in RESULTS.items():
            getattr(self.library, f'indexstore_{name}').restype = result
        if not os.path.isdir(store):
            sys.exit(f'there is no index in {store}; run: swift build')
        self.store = self.call('store_create', os.fsencode(store), None)
        self.definitions = {}  # symbol: file
        self.references = []  # file, line, name, symbol
        self.imports = []  # file, line, module
        units = self.newest_units(files)
        for path, file in files.items():
            if path not in units:
                sys.exit(f'the index does not know {path}; run: swift build')
            written, unit = units[path]
            if written < os.stat(path).st_mtime_ns:
                sys.exit(f'the index is older than {path}; run: swift build')
            for record in filter(None, self.each('unit_reader_dependencies', unit, self.record)):
                reader = self.reader('record', record)
                self.each('record_reader_occurrences', reader, lambda it: self.note(it, file))

    def call(self, name, *arguments):
        return getattr(self.library, f'indexstore_{name}')(*arguments)

    def reader(self, kind, name):
        return self.call(f'{kind}_reader_create', self.store, name.encode(), None) or sys.exit(
            f'the index has a damaged {kind}, {name}; run: rm -r .build/debug, then swift build')

    def each(self, items, owner, read, *options, kind=Pointer):
        """What `read` makes of each item; the library keeps an item only while it passes it."""
        found = []

        @ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, kind)
        def take(_, item):
            found.append(read(item))
            return True
        if not self.call(f'{items}_apply_f', owner, *options, None, take):
            sys.exit('the index is damaged; run: rm -r .build/debug, then swift build')
        return found

    def newest_units(self, files):
        """When each file was last compiled, with the unit of that compilation. The store also keeps
        units of targets that a file has left."""
        units = {}
        unordered = 0
        for name in self.each('store_units', self.store, str, unordered, kind=String):
            unit = self.reader('unit', name)
            directory = str(self.call('unit_reader_get_working_dir', unit))
            main_file = str(self.call('unit_reader_get_main_file', unit))
            path = os.path.realpath(os.path.join(directory, main_file))
            if path in files:
                seconds, nanoseconds = ctypes.c_int64(), ctypes.c_int64()
                self.call('unit_reader_get_modification_time', unit,
                          ctypes.byref(seconds), ctypes.byref(nanoseconds))
                written = seconds.value * 10**9 + nanoseconds.value
                if written > units.get(path, (0, None))[0]:
                    units[path] = written, unit
        return units

    def record(self, dependency):
        """The name of the file's record; other dependencies are other units."""
        if self.call('unit_dependency_get_kind', dependency) == RECORD:
            return str(self.call('unit_dependency_get_name', dependency))

    def note(self, occurrence, file):
        roles = self.call('occurrence_get_roles', occurrence)
        symbol = self.call('occurrence_get_symbol', occurrence)
        usr = str(self.call('symbol_get_usr', symbol))
        if roles & DEFINITION:
            self.definitions[usr] = file
        # An accessor is referred to where its property is, which is the better name.
        elif roles & REFERENCE and self.call('symbol_get_subkind', symbol) not in ACCESSORS:
            line = ctypes.c_uint()
            self.call('occurrence_get_line_col', occurrence, ctypes.byref(line), None)
            name = str(self.call('symbol_get_name', symbol))
            if self.call('symbol_get_kind', symbol) == MODULE:
                self.imports.append((file, line.value, name))
            else:
                self.references.append((file, line.value, name, usr))
