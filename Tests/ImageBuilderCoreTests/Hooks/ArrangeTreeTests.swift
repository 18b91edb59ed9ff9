import SystemPackage
import TestSupport
import Testing

/// helpers/arrange-tree, which makes a tree for OSTree from an installed system.
@Suite struct ArrangeTreeTests {
  private let fixture: Fixture
  private var root: FilePath { fixture.path("root") }

  init() throws {
    fixture = try Fixture()
    try Shell.run(
      """
      mkdir '\(root)'; cd '\(root)'; umask 022
      mkdir -p etc usr/bin usr/local/bin var/{lib/{app,dpkg},cache,log,run} opt srv mnt media home root \
        boot dev proc sys run tmp
      chmod 700 root; ln -s usr/bin bin
      """)
  }

  /// Runs a script in the root directory, then arranges it.
  private func arrange(_ script: String) throws -> [String] {
    try Shell.run("cd '\(root)'; umask 022; \(script)")
    return try Shell.run("'\(Checkout.directory)/helpers/arrange-tree' '\(root)'").lines
  }

  /// Has systemd-tmpfiles make /var, and returns a line for each file in it.
  private func content(of directory: String) throws -> [String] {
    try Shell.run(
      """
      cd '\(root)'; systemd-tmpfiles --root="$PWD" --create --prefix=/var arranged-var.conf 2>&1
      cd '\(directory)'
      find . -mindepth 1 -printf '%P %y %m %U:%G %l\\n' | LC_ALL=C sort | sed 's/ $//'
      """
    ).lines
  }

  @Test func everythingInVarIsMadeAgain() throws {
    let said = try arrange(
      #"""
      cd var/lib/app; echo text >file; chmod 640 file; chown 7:8 file
      mkdir 'a b%c"q'; touch 'a b%c"q/é'; chmod 2775 'a b%c"q'
      ln -s '../100% "x"' link; mkfifo -m 600 fifo
      """#)
    #expect(said == [])
    #expect(
      try content(of: "var/lib/app") == [
        "a b%c\"q d 2775 0:0", "a b%c\"q/é f 644 0:0", "fifo p 600 0:0", "file f 640 7:8",
        "link l 777 0:0 ../100% \"x\"",
      ])
    #expect(try fixture.text("root/var/lib/app/file") == "text\n")
  }

  @Test func whatIsLeftOutIsReported() throws {
    let said = try arrange(
      """
      touch var/log/a var/cache/b boot/memtest run/pid
      python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("var/lib/app/socket")'
      """)
    #expect(said.count == 4)
    #expect(said.contains { $0.hasPrefix("2 files of /var/cache, /var/log") })
    for path in ["/boot/memtest", "/run/pid", "/var/lib/app/socket"] {
      #expect(said.contains { $0.hasPrefix("warning: \(path) is left out") }, "\(path)")
    }
  }

  @Test func directoriesThatSystemsChangeAreInVar() throws {
    _ = try arrange("echo '# root' >root/.profile; mkdir srv/tftp home/x; echo s >srv/tftp/f")
    let links = try Shell.run("cd '\(root)'; readlink home root srv mnt opt media ostree usr/local")
    #expect(
      links.lines == [
        "var/home", "var/roothome", "var/srv", "var/mnt", "var/opt", "run/media", "sysroot/ostree",
        "../var/usrlocal",
      ])
    let made = try content(of: "var")
    #expect(made.contains("roothome d 700 0:0") && made.contains("roothome/.profile f 644 0:0"))
    #expect(made.contains("srv/tftp/f f 644 0:0") && made.contains("home/x d 755 0:0"))
    #expect(made.contains("usrlocal/bin d 755 0:0"))
    #expect(made.contains("lib/dpkg l 777 0:0 ../../usr/lib/dpkg-db"))
    #expect(fixture.exists("root/usr/etc") && fixture.exists("root/usr/lib/dpkg-db"))
  }

  @Test func applicationsInOptAndFilesInUsrLocalStayInTheTree() throws {
    _ = try arrange(
      "mkdir -p 'opt/my app/bin'; echo x >'opt/my app/bin/x'; touch usr/local/bin/tool; "
        + "chown 7:8 'opt/my app'")
    #expect(try content(of: "var/opt") == ["my app l 777 0:0 ../../usr/opt/my app"])
    #expect(try fixture.text("root/var/opt/my app/bin/x") == "x\n")
    #expect(try Shell.run("stat -c '%u:%g' '\(root)/usr/opt/my app'").lines == ["7:8"])
    #expect(
      try Shell.run("stat -c %F '\(root)/usr/local' '\(root)/usr/local/bin/tool'").lines
        == ["directory", "regular empty file"])
  }

  @Test func aTreeThatIsArrangedStaysAsItIs() throws {
    _ = try arrange("echo text >var/lib/app/file; mkdir opt/app")
    let state = "cd '\(root)'; find . -printf '%p %y %m %l\\n' | grep -v tmpfiles.d | LC_ALL=C sort"
    let before = try Shell.run(state).lines
    #expect(try arrange(":") == [])
    #expect(try Shell.run(state).lines == before)
    #expect(try content(of: "var/lib/app") == ["file f 644 0:0"])
  }

  /// Images for containers that have the layout of OSTree keep their links.
  @Test func linksThatLeadToVarStay() throws {
    let said = try arrange(
      """
      rmdir opt tmp home; ln -s var/opt opt; ln -s sysroot/tmp tmp; ln -s var/home home
      mkdir -p var/opt/app var/home usr/lib/tmpfiles.d; echo x >var/opt/app/x
      printf 'd /var/home 0755 - - -\\nq /srv 0755 - - -\\nd- /root 0700\\n' >usr/lib/tmpfiles.d/a.conf
      """)
    #expect(said == [])
    #expect(
      try Shell.run("cd '\(root)'; readlink opt tmp home; cat usr/lib/tmpfiles.d/a.conf").lines
        == ["var/opt", "sysroot/tmp", "var/home", "d /var/home 0755 - - -"])
    #expect(try content(of: "var/opt") == ["app l 777 0:0 ../../usr/opt/app"])
    #expect(try fixture.text("root/usr/opt/app/x") == "x\n")
  }

  /// In an overlay, the directories of lower layers cannot be renamed.
  @Test func whatIsInALowerLayerOfAnOverlayIsMoved() throws {
    try Shell.run(
      """
      cd '\(root)'; mkdir -p opt/app/bin etc/d; cp /usr/bin/true opt/app/bin/x
      setcap cap_net_raw+ep opt/app/bin/x; echo text >etc/d/file; chmod 640 etc/d/file
      chown 7:8 etc/d etc/d/file; chmod 2750 etc/d; setfattr -n user.note -v text etc/d
      cd ..; mv root lower; mkdir root upper work
      mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work root
      """)
    let root = root
    fixture.atEnd { _ = try? Shell.run("umount '\(root)'") }
    _ = try arrange("echo upper >etc/upper")
    #expect(
      try Shell.run(
        """
        cd '\(root)'; stat -c '%a %u:%g' usr/etc/d usr/etc/d/file; cat usr/etc/d/file usr/etc/upper
        getfattr --only-values -n user.note usr/etc/d; echo; getcap usr/opt/app/bin/x
        test ! -e etc
        """
      ).lines == [
        "2750 7:8", "640 7:8", "text", "upper", "text", "usr/opt/app/bin/x cap_net_raw=ep",
      ])
  }

  /// A link of the tree leads to nothing of the host.
  @Test func nothingIsWrittenOutsideOfTheTree() throws {
    let elsewhere = "/usr/share/\(fixture.directory.lastComponent!)"
    _ = try arrange("mkdir -p usr/lib '.\(elsewhere)'; ln -s '\(elsewhere)' usr/lib/tmpfiles.d")
    #expect(fixture.exists("root\(elsewhere)/arranged-var.conf"))
    #expect(try Shell.run("ls -d '\(elsewhere)' 2>&1 || true").output.contains("No such file"))
  }
}
