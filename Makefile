# The front door: make, make test, make test-sanitizers, make test-media, make test-defects,
# make test-update, make test-arm64, make test-flatpak, make test-oci, make test-layers,
# make test-destinations, make test-fleets, make test-reliability, make test-deb, make check,
# make test-configuration, make manual, make fuzz, make install, make deb, make builder-image, make clean.

prefix ?= /usr/local
bindir ?= $(prefix)/bin
libexecdir ?= $(prefix)/libexec
datadir ?= $(prefix)/share
DESTDIR ?=
FUZZ_SECONDS ?= 600
install_packages = helpers/install-packages build run option containers arm64 test
installed = $(DESTDIR)$(datadir)/eos-image-builder

# sudo drops the user's PATH, and with it most ways of installing Swift.
export PATH := $(PATH):/opt/swift/usr/bin:/usr/local/swift/usr/bin:/usr/libexec/swift/bin

# Suites of IntegrationTests that boot images, and those that make trouble for builds.
booting = (Boot|BootGate|BootDefect|Installer|SecureBoot|Update|ARM64|FlatpakBoot|OCIBoot|LayerBoot)
troubling = (Reliability|Hostile|Space|CachePruning|TimeLimit|StalledServer|Resume)
# Suites that need a cluster, or kill commands of fleets and break their destinations.
fleets = (Slurm|FleetCluster|FleetCrash|FleetDestination)
# Suites with each fault at each request to a destination.
faults = (S3FileUpload|S3Destination|RegistryFault|SSHDestination|PublishedTreeFault|ReleaseFault)
# The suites of the second share of test-builds, which takes as long as the first.
second = (Reliability|Resume|Output|FleetTests|FleetLifecycle|Network|Registry|RemoteVerification|SSHPublish)

.PHONY: all check test test-units test-sanitizers test-builds test-first-builds \
  test-second-builds test-boots test-media test-defects test-update test-arm64 test-flatpak test-oci \
  test-layers test-destinations test-fleets test-reliability test-deb test-configuration manual fuzz \
  fuzz-ci install deb builder-image clean

all:
	helpers/compile

# The quick half: format, scripts, unit tests, the floors of Sources. Needs root, as
# deployments have owners and hooks have mounts.
check:
	$(install_packages)
	swift format lint --strict --recursive Package.swift Sources Tests
	.ci/check-scripts
	swift build --build-tests
	# A release build uses one processor, and tests do not use two.
	$(MAKE) --jobs=2 --output-sync=target test-units all
	# Reads the index of the build that the tests have made.
	.ci/check-arrows
	.build/debug/manual-page image-builder.8 | diff docs/image-builder.8 - && \
	  .build/debug/manual-page image-builder.ini.5 config | diff docs/image-builder.ini.5 - || \
	  { echo 'a manual page is out of date: make manual' >&2; exit 1; }
	for page in docs/*.[58]; do groff -man -Tutf8 -ww -z $$page; done 2>&1 | { ! grep .; }

test-units:
	.ci/run-tests --built 'ConfigurationTests|BindingsTests|ImageBuilderCoreTests' \
	  --skip 'ImageBuilderCoreTests\.$(faults)Tests'

# All but what has a target of its own. Boots use all processors, so they run alone.
test: check
	$(MAKE) test-builds
	$(MAKE) test-boots

# The built programs on real things, without boots. A build mostly uses one processor, so two shares
# run side by side. SwiftPM's lock is for builds; here both are done.
test-builds: all
	$(install_packages)
	swift build --build-tests
	$(MAKE) --jobs=2 --output-sync=target test-first-builds test-second-builds

test-first-builds:
	.ci/run-tests --built IntegrationTests --skip 'IntegrationTests\.$(booting)Tests' \
	  --skip 'IntegrationTests\.($(second)|$(troubling)|$(fleets)|OCITree|Layer)' --no-parallel

test-second-builds:
	.ci/run-tests --built 'IntegrationTests\.$(second)' --no-parallel

# Boots of images in virtual machines.
test-boots: all
	$(install_packages)
	.ci/run-tests 'IntegrationTests\.(Boot|BootGate)Tests' --no-parallel

# Images with defects that only a boot can find.
test-defects: all
	$(install_packages)
	.ci/run-tests IntegrationTests.BootDefectTests --no-parallel

# Boots of live media, installations from them, Secure Boot, and a second disk, in virtual machines:
# three quarters of an hour where QEMU must translate instructions.
test-media: all
	$(install_packages)
	.ci/run-tests 'IntegrationTests\.(Installer|SecureBoot)Tests' --no-parallel

# Tests in builds that watch memory, leaks and threads: some minutes, most of them for compiling.
test-sanitizers:
	$(install_packages)
	.ci/run-sanitizers

# The update in a virtual machine with each partition table under each firmware: half an hour or
# more where QEMU must translate instructions.
test-update: all
	$(install_packages)
	IMAGE_BUILDER_UPDATE_COMBINATIONS='gpt/uefi gpt/bios dos/uefi dos/bios' \
	  .ci/run-tests IntegrationTests.UpdateTests --no-parallel

# Builds for arm64 on another host, and boots of them: half an hour or more.
test-arm64: all
	$(install_packages)
	.ci/run-tests IntegrationTests.ARM64Tests --no-parallel

# Applications in the embedded tree, run and updated in a virtual machine.
test-flatpak: all
	$(install_packages)
	.ci/run-tests IntegrationTests.FlatpakBootTests --no-parallel

# Trees from OCI images; Debian as such an image, booted and updated from the registry in a virtual
# machine.
test-oci: all
	$(install_packages)
	.ci/run-tests 'IntegrationTests\.(OCITree|OCIBoot)' --no-parallel

# Object stores, registries, ssh hosts and published trees that refuse, cut, stall or damage each kind of
# request: the destination has the old state or the new one.
test-destinations:
	$(install_packages)
	.ci/run-tests 'ImageBuilderCoreTests\.$(faults)Tests'

# Layers by each package manager and by playbooks, published to a registry and an object store.
test-layers: all
	$(install_packages) layers
	.ci/run-tests 'IntegrationTests\.Layer' --no-parallel

# Fleets on a Slurm cluster of two machines, which loses its controller, a machine, and the network;
# commands that are killed at twenty points; copies between destinations, which fail.
test-fleets: all
	$(install_packages) cluster
	IMAGE_BUILDER_RELIABILITY_POINTS=180 .ci/run-tests 'IntegrationTests\.$(fleets)' --no-parallel

# What a build farm does to builds, in full: 180 are ended by signals, 60 by power cuts, five times
# eight run side by side; disks run full, hooks and servers hang, input means harm.
test-reliability: all
	$(install_packages)
	IMAGE_BUILDER_RELIABILITY_POINTS=180 .ci/run-tests 'IntegrationTests\.$(troubling)' --no-parallel

# The Debian package and the image for containers, each made twice, installed and run where nothing
# else is: the outputs must be those of this checkout.
test-deb: all
	$(install_packages) deb
	packaging/test-deb

# The manual pages: that of the command from its options, that of the configuration files from the
# comments in them.
manual:
	swift build --product manual-page
	.build/debug/manual-page image-builder.8 >docs/image-builder.8
	.build/debug/manual-page image-builder.ini.5 config >docs/image-builder.ini.5

# Each name of the configuration, changed at its beginning, in the middle and at its end; more random sites;
# the fuzzer, with the same files each time.
test-configuration: fuzz-ci
	IMAGE_BUILDER_THOROUGH=1 .ci/run-tests 'ConfigurationTests\.(Misspelling|LayersDifference)Tests'

# Random configuration files, for as long as there is patience; what was learned is kept.
fuzz:
	.ci/fuzz -max_total_time=$(FUZZ_SECONDS)

# The same ones each time, and few.
fuzz-ci:
	.ci/fuzz -runs=20000 -seed=1 -verbosity=0

install: all
	install -D -m 755 .build/release/image-builder $(DESTDIR)$(bindir)/image-builder
	# The names of EIB's programs.
	ln -sfn image-builder $(DESTDIR)$(bindir)/eos-image-builder
	ln -sfn image-builder $(DESTDIR)$(bindir)/run-build
	# The name of OpenCHAMI's program.
	ln -sfn image-builder $(DESTDIR)$(bindir)/image-build
	install -D -m 755 .build/release/image-builder-engine \
	  $(DESTDIR)$(libexecdir)/eos-image-builder/image-builder-engine
	install -D -m 644 docs/image-builder.8 $(DESTDIR)$(datadir)/man/man8/image-builder.8
	ln -sfn image-builder.8 $(DESTDIR)$(datadir)/man/man8/eos-image-builder.8
	ln -sfn image-builder.8 $(DESTDIR)$(datadir)/man/man8/run-build.8
	install -D -m 644 docs/image-builder.ini.5 \
	  $(DESTDIR)$(datadir)/man/man5/image-builder.ini.5
	for shell in bash zsh fish; do .build/release/image-builder \
	  --generate-completion-script $$shell >.build/completion.$$shell || exit; done
	# Bash reads it; it is no program.
	sed -i '1{/^#!/d}' .build/completion.bash
	install -D -m 644 .build/completion.bash \
	  $(DESTDIR)$(datadir)/bash-completion/completions/image-builder
	install -D -m 644 .build/completion.zsh \
	  $(DESTDIR)$(datadir)/zsh/site-functions/_image-builder
	install -D -m 644 .build/completion.fish \
	  $(DESTDIR)$(datadir)/fish/vendor_completions.d/image-builder.fish
	install -d $(installed)
	cp -R config hooks helpers lib data buildscript $(installed)
	# What belongs to this host or to the compiler, and what Python has left.
	rm -rf $(installed)/config/local.ini $(installed)/config/private.ini \
	  $(installed)/helpers/compile $(installed)/lib/__pycache__ $(installed)/helpers/__pycache__

# .build/packages/image-builder_VERSION_ARCH.deb
deb: all
	packaging/make-deb

# .build/packages/image-builder_VERSION_ARCH.oci.tar, from the Debian package
builder-image: deb
	packaging/make-builder-image

clean:
	rm -rf .build
