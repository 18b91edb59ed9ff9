# The front door: make, make test, make test-update, make test-reliability, make check, make manual,
# make fuzz, make install, make clean.

prefix ?= /usr/local
bindir ?= $(prefix)/bin
libexecdir ?= $(prefix)/libexec
datadir ?= $(prefix)/share
DESTDIR ?=
FUZZ_SECONDS ?= 600
installed = $(DESTDIR)$(datadir)/eos-image-builder

# sudo drops the user's PATH, and with it most ways of installing Swift.
export PATH := $(PATH):/opt/swift/usr/bin:/usr/local/swift/usr/bin:/usr/libexec/swift/bin

.PHONY: all check test test-sanitizers test-builds test-boots test-update test-reliability manual \
  fuzz fuzz-ci install clean

all:
	helpers/compile

# The quick half: format, scripts, unit tests, the floors of Sources. Needs root, as
# deployments have owners and hooks have mounts.
check:
	helpers/install-packages build run test
	swift format lint --strict --recursive Package.swift Sources Tests
	.ci/check-scripts
	.ci/run-tests 'ConfigurationTests|BindingsTests|ImageBuilderCoreTests'
	# Reads the index of the build that the tests have made.
	.ci/check-arrows
	.build/debug/manual-page image-builder.8 | diff docs/image-builder.8 - && \
	  .build/debug/manual-page image-builder.ini.5 config | diff docs/image-builder.ini.5 - || \
	  { echo 'a manual page is out of date: make manual' >&2; exit 1; }
	for page in docs/*.[58]; do groff -man -Tutf8 -ww -z $$page; done 2>&1 | { ! grep .; }
	$(MAKE) fuzz-ci

# Everything but updates. A virtual machine needs all processors to boot in time, so it runs alone.
test: check
	$(MAKE) --jobs=2 --output-sync=target test-sanitizers test-builds
	$(MAKE) test-boots

# The built programs on real things, without boots.
test-builds: all
	helpers/install-packages build run test
	.ci/run-tests IntegrationTests --skip 'IntegrationTests\.(Boot|BootGate|Update)Tests' --no-parallel

# Boots of images in virtual machines.
test-boots: all
	helpers/install-packages build run test
	.ci/run-tests 'IntegrationTests\.(Boot|BootGate)Tests' --no-parallel

# Tests in builds that watch memory, leaks and threads: some minutes, most of them for compiling.
test-sanitizers:
	helpers/install-packages build run test
	.ci/run-sanitizers

# The update in a virtual machine with each partition table under each firmware: half an hour or
# more where QEMU must translate instructions.
test-update: all
	helpers/install-packages build run test
	IMAGE_BUILDER_UPDATE_COMBINATIONS='gpt/uefi gpt/bios dos/uefi dos/bios' \
	  .ci/run-tests IntegrationTests.UpdateTests --no-parallel

# What a build farm does to builds, in full: 180 are ended by signals, 60 by power cuts, five times
# eight run side by side; disks run full, hooks and servers hang, input means harm.
test-reliability: all
	helpers/install-packages build run test
	IMAGE_BUILDER_RELIABILITY_POINTS=180 .ci/run-tests \
	  'IntegrationTests\.(Reliability|Hostile|Space|CachePruning|TimeLimit|StalledServer|Resume)' \
	  --no-parallel

# The manual pages: that of the command from its options, that of the configuration files from the
# comments in them.
manual:
	swift build --product manual-page
	.build/debug/manual-page image-builder.8 >docs/image-builder.8
	.build/debug/manual-page image-builder.ini.5 config >docs/image-builder.ini.5

# Random configuration files, for as long as there is patience; what was learned is kept.
fuzz:
	.ci/fuzz -max_total_time=$(FUZZ_SECONDS)

# The same ones each time, few enough for every change.
fuzz-ci:
	.ci/fuzz -runs=20000 -seed=1 -verbosity=0

install: all
	install -D -m 755 .build/release/image-builder $(DESTDIR)$(bindir)/image-builder
	# The names of EIB's programs.
	ln -sfn image-builder $(DESTDIR)$(bindir)/eos-image-builder
	ln -sfn image-builder $(DESTDIR)$(bindir)/run-build
	install -D -m 755 .build/release/image-builder-engine \
	  $(DESTDIR)$(libexecdir)/eos-image-builder/image-builder-engine
	install -D -m 644 docs/image-builder.8 $(DESTDIR)$(datadir)/man/man8/image-builder.8
	install -D -m 644 docs/image-builder.ini.5 \
	  $(DESTDIR)$(datadir)/man/man5/image-builder.ini.5
	for shell in bash zsh fish; do .build/release/image-builder \
	  --generate-completion-script $$shell >.build/completion.$$shell || exit; done
	install -D -m 644 .build/completion.bash \
	  $(DESTDIR)$(datadir)/bash-completion/completions/image-builder
	install -D -m 644 .build/completion.zsh \
	  $(DESTDIR)$(datadir)/zsh/site-functions/_image-builder
	install -D -m 644 .build/completion.fish \
	  $(DESTDIR)$(datadir)/fish/vendor_completions.d/image-builder.fish
	install -d $(installed)
	cp -R config hooks helpers lib data buildscript $(installed)
	rm -f $(installed)/config/local.ini $(installed)/config/private.ini

clean:
	rm -rf .build
