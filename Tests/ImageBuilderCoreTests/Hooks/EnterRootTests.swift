import Foundation
import SystemPackage
import TestSupport
import Testing

/// What a program in the deployment can access. The tests use the programs of the host.
@Suite(.serialized) struct EnterRootTests {
  let fixture: Fixture
  let root: FilePath
  let secret: FilePath

  init() throws {
    fixture = try Fixture()
    root = try fixture.makeDirectory("root")
    secret = try fixture.write("secret", "the host's secret\n")
    let root = root
    try Shell.run(
      """
      mkdir -p '\(root)'/{usr,etc,tmp,proc,dev,var}; chmod 1777 '\(root)/tmp'
      for name in bin sbin lib lib64; do ln -s usr/$name '\(root)'/$name; done
      mount --bind /usr '\(root)/usr'; mount --bind /dev '\(root)/dev'
      mount -t proc proc '\(root)/proc'
      """)
    fixture.atEnd { _ = try? Shell.run("umount -l '\(root)'/usr '\(root)'/dev '\(root)'/proc") }
  }

  private var helper: String { Checkout.directory.appending("helpers/enter-root").string }

  private func inside(_ script: String, network: Bool = false) throws -> Outcome {
    try Shell.start(
      helper, [root.string, "bash", "-c", script],
      environment: ["EIB_IMAGE_CHROOT_NETWORK": "\(network)"])
  }

  @Test(arguments: [
    "cat 'SECRET'", "cat '/proc/1/rootSECRET'", "nsenter --target 1 --mount cat 'SECRET'",
    "cat /proc/[0-9]*/cwd/secret /proc/[0-9]*/root/secret",
    "cd /; for i in {1..40}; do cd ..; done; cat \"$(pwd -P)SECRET\"",
    // An open directory allows a process to leave a root set by chroot(2).
    """
    python3 -c 'import os
    here = os.open("/", os.O_RDONLY); os.mkdir("/tmp/below"); os.chroot("/tmp/below")
    os.fchdir(here); [os.chdir("..") for _ in range(40)]; os.chroot(".")
    print(open("SECRET").read())'
    """,
    "umount -l /; cat 'SECRET'", "umount -l /proc; cat '/proc/1/rootSECRET'",
    "unshare --mount --user --map-root-user cat 'SECRET'", "cat <&9; cat /proc/self/fd/9/secret",
  ])
  func filesOfTheHostAreNotSeen(attempt: String) throws {
    let script = attempt.replacing("SECRET", with: secret.string)
    let outcome = try Shell.start(
      "/bin/bash",
      [
        "-c", #"exec 9<"$1"; shift; exec "$@""#, "bash", fixture.directory.string, helper,
        root.string, "bash", "-c", script,
      ])
    #expect(outcome.status != 0)
    #expect(!(outcome.output + outcome.errors).contains("the host's secret"))
  }

  @Test(arguments: [
    "mknod /tmp/disk b 8 0", "mount -t devtmpfs dev /var", "mount -t proc proc /var",
    "echo 1 >/proc/sys/kernel/panic", "echo h >/proc/sysrq-trigger",
    "umount /proc/sys && echo 1 >/proc/sys/kernel/panic",
    "mount -o remount,rw,bind /proc/sys", "mount -o remount,dev,bind /", "cat /etc/node",
    "ls /dev/{sd,vd,nvme,loop,dm-,mem,kvm}* 2>/dev/null", "insmod /usr/nothing.ko",
    "date --set=2001-01-01", "sethostname=1; hostname other",
  ])
  func theMachineIsNotItsOwn(attempt: String) throws {
    // A device file, as a tree may contain it.
    try Shell.run("mknod -m 666 '\(root)/etc/node' c 1 5")
    let outcome = try inside("set -e; \(attempt)")
    #expect(outcome.status != 0, "\(outcome.output)")
  }

  /// apt, among others, gives up its privileges.
  @Test func allUsersMayUseTheDevices() throws {
    let outcome = try inside(
      """
      stat -c '%a %n' /dev/{null,zero,full,random,urandom,tty} | grep -v '^666'
      python3 -c 'import os
      os.setuid(65534); open("/dev/null", "w").write("text")
      print("written")'
      """)
    #expect(outcome.output == "written\n", "\(outcome)")
  }

  @Test func processesOutsideAreNeitherSeenNorSignalledNorTraced() throws {
    let other = try RunningProgram("/bin/sleep", ["1000"])
    defer {
      other.send(SIGKILL)
      _ = other.wait()
    }
    let outcome = try inside(
      """
      ls -d /proc/[0-9]* | wc -l
      kill -KILL \(other.processID)
      python3 -c 'import ctypes
      libc = ctypes.CDLL(None, use_errno=True)
      print("traced", libc.ptrace(16, \(other.processID), 0, 0), ctypes.get_errno())'
      ls /proc/\(other.processID)
      """)
    #expect(outcome.lines.first.flatMap { Int($0) }.map { $0 <= 5 } == true, "\(outcome.output)")
    #expect(outcome.output.contains("traced -1 3\n"))
    #expect(outcome.errors.contains("No such process"))
    #expect(kill(other.processID, 0) == 0)
  }

  @Test func thereIsNoNetworkUnlessItIsGiven() throws {
    let server = try HTTPServer(fixture.directory)
    let port = server.url.split(separator: ":").last!
    let script = "exec 3<>/dev/tcp/127.0.0.1/\(port) && echo connected; cat /proc/net/dev | wc -l"
    let without = try inside(script)
    #expect(!without.output.contains("connected"))
    // Two header lines and the loopback interface.
    #expect(without.output == "3\n", "\(without.output)")
    #expect(try inside(script, network: true).output.hasPrefix("connected\n"))
  }

  @Test func theLoopbackInterfaceWorks() throws {
    let outcome = try inside(
      """
      python3 -c 'import socket
      server = socket.create_server(("127.0.0.1", 0))
      socket.create_connection(server.getsockname()).close(); print("talked to itself")'
      """)
    #expect(outcome.output == "talked to itself\n", "\(outcome.errors)")
  }

  @Test func whatIsLeftRunningEndsWithTheCommand() throws {
    let begin = ContinuousClock.now
    let outcome = try inside("setsid sleep 1013 & setsid sleep 1013 </dev/null & sleep 0.5; exit 3")
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("ended what bash left running: sleep, sleep"))
    #expect(ContinuousClock.now - begin < .seconds(60))
    #expect(try Shell.run("pgrep -f '^sleep 101[3]$' || true").output.isEmpty)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalReachesTheCommandAndItsStatusComesBack(signal: Int32) throws {
    let program = try RunningProgram(
      helper, [root.string, "bash", "-c", "trap 'exit 7' TERM INT; touch /tmp/on; sleep 60 & wait"])
    for _ in 0..<400 where !fixture.exists("root/tmp/on") { usleep(25_000) }
    program.send(signal)
    #expect(program.wait().status == 7)
  }

  @Test func killingItEndsWhatRunsInside() throws {
    let program = try RunningProgram(
      helper, [root.string, "bash", "-c", "setsid sleep 1017 & touch /tmp/on; sleep 1017"])
    for _ in 0..<400 where !fixture.exists("root/tmp/on") { usleep(25_000) }
    program.send(SIGKILL)
    _ = program.wait()
    var left = "?"
    for _ in 0..<200 where !left.isEmpty {
      left = try Shell.run("pgrep -f '^sleep 101[7]$' || true").output
      usleep(25_000)
    }
    #expect(left.isEmpty)
  }

  @Test func hooksKeepThePowersThatTheyNeed() throws {
    let outcome = try inside(
      """
      set -e
      touch /etc/mine; chown 1234:99999 /etc/mine; stat -c %u:%g /etc/mine
      mkfifo /tmp/pipe; mount -t tmpfs tmpfs /var; touch /var/x; umount /var
      mount --bind /etc /var; setpriv --reuid=1000 --regid=1000 --clear-groups id -u
      setfattr -n user.x -v y /etc/mine; chmod 4755 /etc/mine; head -c 1 /dev/urandom | wc -c
      echo fine >/dev/null; echo told >>/dev/stdout
      """)
    #expect(outcome.output == "1234:99999\n1000\n1\ntold\n", "\(outcome.errors)")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func whatCannotBeRunIsTold() throws {
    let outcome = try Shell.start(helper, [root.string, "/nothing"])
    #expect(outcome.status == 127 && outcome.errors.contains("cannot run /nothing"))
    let missing = try Shell.start(helper, [root.appending("no").string, "true"])
    #expect(missing.status == 1 && missing.errors.contains("no such folder"))
  }
}
