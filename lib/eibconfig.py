"""The configuration of a build, for Python hooks. They import its names from eib."""

import configparser
import fnmatch
import os
import re


class ImageBuildError(Exception):
    """A failure in a build. The arguments are joined into one sentence, msg."""

    def __init__(self, *args):
        super().__init__(*args)
        self.msg = ' '.join(map(str, args))

    def __str__(self):
        return self.msg


def _pairs(*rows):
    return [(section, option) for section, options in rows for option in options.split()]


class ImageConfigParser(configparser.ConfigParser):
    """A ConfigParser that expands ${option} and ${section:option}, and merges lists.

    Files are read with read_config_file, then merge() replaces the parts of each merged option,
    OPTION_add* and OPTION_del*, by the list.
    """

    BUILD_SECTION = 'build'

    # Pairs of a section, or a shell pattern for sections, and an option. EIB's are set in every
    # section that there is, the others only where something is added.
    EIB_OPTIONS = _pairs(
        ('buildroot', 'mounts'),
        ('check', 'hooks'),
        ('content', 'hooks'),
        ('endlesskey', 'collections'),
        ('error', 'hooks'),
        ('flatpak', 'locales must_keep'),
        ('flatpak-remote-*', 'allow_extra_data apps exclude runtimes'),
        ('image', 'hooks icon_grid settings settings_locks'),
        ('kolibri', 'install_channels'),
        ('kolibri-*', 'exclude_node_ids include_node_ids'),
        ('manifest', 'hooks'),
        ('publish', 'hooks'))
    OTHER_OPTIONS = _pairs(
        ('buildroot', 'packages'),
        ('image', 'branding_subst_vars locales'),
        ('inputs', 'hooks'),
        ('release', 'hooks'),
        ('ostree', 'hooks'),
        ('tree', 'locales packages'),
        ('layers', 'files'),
        ('variants', 'list'),
        ('variants', 'except'),
        ('fleet', 'sbatch_options'))
    MERGED_OPTIONS = EIB_OPTIONS + OTHER_OPTIONS

    def __init__(self, *args, **kwargs):
        kwargs['interpolation'] = configparser.ExtendedInterpolation()
        super().__init__(*args, **kwargs)
        self.add_section(self.BUILD_SECTION)
        self.namespaces = set()

    def read_config_file(self, path, namespace):
        """Adds the options of a file. Returns False if there is no such file.

        The namespace, which no two files may share, becomes the suffix of bare OPTION_add and
        OPTION_del options, so that those of different files do not replace each other.
        """
        if not namespace:
            raise ImageBuildError('namespace must be a non-empty string')
        if namespace in self.namespaces:
            raise ImageBuildError('namespace', namespace, 'is already used')
        self.namespaces.add(namespace)
        file = configparser.RawConfigParser()
        if not file.read(os.fspath(path), encoding='utf-8'):
            return False
        bare = {(section, f'{option}_{part}') for _, section, option in self._merged_options(file)
                for part in ('add', 'del')}
        self.read_dict({self.default_section: file.defaults()})
        for section in file.sections():
            qualified = {}
            for name, value in file.items(section):
                if (section, name) in bare:
                    name = f'{name}_{namespace.removeprefix("_")}'
                # The file may have both the bare option and the one with the suffix.
                qualified[name] = f'{qualified[name]}\n{value}' if name in qualified else value
            self.read_dict({section: qualified})
        return True

    def merge(self):
        """Replaces the parts of all merged options by the lists.

        Words with more additions than deletions are kept, in the order of the additions. A plain
        OPTION replaces the list.
        """
        parts = {}
        for pattern, section, option in self._merged_options(self):
            own = self._parts(section, option)
            parts.update({(section, part): None for part in own})
            is_set = own or (pattern, option) not in self.OTHER_OPTIONS
            if is_set and option not in self[section]:
                words = [word for word, count in self._count(section, own).items() if count > 0]
                self[section][option] = '\n'.join(words).replace('$', '$$')
        # Parts may refer to each other, so all are kept until now.
        for section, part in parts:
            self.remove_option(section, part)

    def _merged_options(self, parser):
        for pattern, option in self.MERGED_OPTIONS:
            for section in fnmatch.filter(parser.sections(), pattern):
                yield pattern, section, option

    def _parts(self, section, option):
        """Returns the signs of the words in the parts: 1 for OPTION_add*, -1 for OPTION_del*."""
        signs = {}
        for name in self.options(section):
            for part, sign in ((f'{option}_add', 1), (f'{option}_del', -1)):
                if name == part or name.startswith(f'{part}_'):
                    signs[name] = sign
        return signs

    def _count(self, section, parts):
        counts = {}
        for name, sign in parts.items():
            for word in self[section][name].split():
                counts[word] = counts.get(word, 0) + sign
        return counts

    def setboolean(self, section, option, value):
        """Sets an option to true or false, as shell scripts expect it."""
        if not isinstance(value, bool):
            raise TypeError(f'{section}:{option} is to be True or False, not {value!r}')
        self.set(section, option, 'true' if value else 'false')

    def copy(self):
        """Returns a copy. References in it are not expanded yet."""
        copy = type(self)()
        copy.read_dict({name: dict(self.items(name, raw=True)) for name in self.sections()})
        return copy

    def getenv(self, section, option):
        """Returns the name and the value of the variable that hooks get for an option."""
        value = self[section][option]
        if value.lower() in ('true', 'false'):
            value = value.lower()
        name = option if section == self.BUILD_SECTION else f'{section}_{option}'
        return re.sub('[^A-Z0-9_]', '_', f'EIB_{name}'.upper()), value

    def get_environment(self):
        """Returns the variables that hooks get for all options."""
        return dict(
            self.getenv(section, option)
            for section in self.sections() for option in self.options(section))


def get_config(path=None):
    """Returns the configuration of the build, or of another file, as an ImageConfigParser."""
    path = path or os.environ.get('EIB_TMPFULLCONFIG')
    if not path:
        raise ImageBuildError('EIB_TMPFULLCONFIG is not set, so no configuration can be read;',
                              'run in a hook, or give a path')
    config = ImageConfigParser()
    try:
        with open(path, encoding='utf-8') as file:
            config.read_file(file)
    except FileNotFoundError:
        raise ImageBuildError(f'{path}: there is no such configuration file') from None
    return config
