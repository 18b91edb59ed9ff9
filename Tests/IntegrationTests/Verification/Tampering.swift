import Testing

/// A modification of outputs, and the message that it must cause.
struct Tampering: Sendable, CustomTestStringConvertible {
  let name: String
  /// The script for `VerifiedBuild.copy`.
  let script: String
  /// The name of the file with which one of the messages must begin.
  let file: String
  /// The text that this message must contain.
  let text: String

  init(_ name: String, _ script: String, _ file: String, _ text: String = "") {
    self.name = name
    self.script = script
    self.file = file.replacing("$v", with: VerifiedBuild.version)
    self.text = text
  }

  var testDescription: String { name }

  private static let covered = [
    "$v.img.zst", "$v.manifest.json", "$v.inputs.json", "$v.config.ini", "$v.ostree.txt",
    "SHA256SUMS",
  ]
  private static let companions = ["$v.img.zst.sha256", "$v.img.zst.size", "$v.img.sha256"]
  private static let signatures = ["$v.img.zst.asc", "SHA256SUMS.gpg", "$v.img.asc"]

  /// Outputs that were modified by somebody who does not have the key.
  static let ofSignedOutputs =
    flips + removals + additions + replacements + otherKinds + forgedSignatures + hostileLists

  /// Modifications that are also seen through a URL.
  static let ofServedOutputs =
    flips + removals.filter { $0.file != "SHA256SUMS" } + forgedSignatures

  private static let flips: [Tampering] =
    (covered + companions).flatMap { file in
      [("first", "0"), ("middle", "$(($(stat -c %s \(file)) / 2))"), ("last", "-1")].map {
        Tampering(
          "the \($0.0) byte of \(file)", "flip \(file) \($0.1)",
          file == "SHA256SUMS" ? "SHA256SUMS.gpg" : file)
      }
    }
    + signatures.flatMap { file in
      [0, 28, 60, 200, -30, -1].map {
        Tampering("byte \($0) of \(file)", "flip \(file) \($0)", file)
      }
    }

  private static let removals = (covered + companions + signatures).map {
    Tampering("\($0) removed", "rm \($0)", $0)
  }

  private static let additions =
    [
      "stranger", ".hidden", "folder/file", "$v.img.gz", "other.build.txt", "other.check.json",
      "stranger.asc", "stranger.sha256", "$v.config.ini.size", "$v.config.ini.sha256",
      "$v.config.ini.asc", "other.gpg", "SHA256SUMS.asc", "folder/$v.build.txt",
      "$v.img.zst.partial",
    ].map { Tampering("\($0) added", "mkdir -p folder; echo > \($0); rmdir folder || true", $0) }
    + [
      Tampering("an empty folder added", "mkdir folder", "folder", "an empty directory"),
      Tampering("a second manifest", "cp $v.manifest.json a.manifest.json", "a.manifest.json"),
      Tampering(
        "a name that commands terminals", #"echo > $'a\nb\e[31m'"#, #"a\u{a}b\u{1b}[31m"#),
      Tampering("a name that is not UTF-8", #"echo > $'\xff\xfe'"#, "\u{fffd}\u{fffd}"),
      Tampering(
        "a name that only looks the same", #"mv $v.config.ini $v.config.ini$'\u0338'"#,
        "$v.config.ini"),
    ]

  private static let replacements = [
    Tampering(
      "two files exchanged",
      "mv $v.config.ini x; mv $v.ostree.txt $v.config.ini; mv x $v.ostree.txt",
      "$v.config.ini"),
    Tampering("a truncated image", "truncate -s -1 $v.img.zst", "$v.img.zst", "bytes, not the"),
    Tampering("a longer image", "echo >> $v.img.zst", "$v.img.zst", "bytes, not the"),
    Tampering("an empty manifest", "> $v.manifest.json", "$v.manifest.json", "is not JSON"),
    Tampering("an empty list", "> SHA256SUMS", "SHA256SUMS", "is empty"),
  ]

  private static let otherKinds = [
    Tampering(
      "a link instead of a file", "mv $v.config.ini ../c; ln -s ../c $v.config.ini",
      "$v.config.ini", "is a symbolic link"),
    Tampering(
      "a link instead of a list", "ln -sf /etc/passwd SHA256SUMS", "SHA256SUMS",
      "is a symbolic link"),
    Tampering(
      "another name in a checksum file", "sed -i 's/$/x/' $v.img.zst.sha256", "$v.img.zst.sha256",
      "not '"),
    Tampering(
      "a pipe", "rm $v.ostree.txt; mkfifo $v.ostree.txt", "$v.ostree.txt", "is a named pipe"),
    Tampering(
      "a pipe instead of a list", "rm SHA256SUMS; mkfifo SHA256SUMS", "SHA256SUMS",
      "is a named pipe"),
    Tampering(
      "a device", "rm $v.manifest.json; mknod $v.manifest.json c 1 5", "$v.manifest.json",
      "is a device"),
    Tampering(
      "a directory instead of a file", "rm $v.config.ini; mkdir $v.config.ini",
      "$v.config.ini"),
    Tampering(
      "a link to a directory", "ln -s . loop", "loop", "is a symbolic link"),
  ]

  private static let forgedSignatures = [
    Tampering(
      "another text, listed",
      "echo >> $v.config.ini; sed -i \"/config.ini/s/^[0-9a-f]*/"
        + "$(sha256sum < $v.config.ini | cut -c -64)/\" SHA256SUMS", "SHA256SUMS.gpg",
      "Bad signature"),
    Tampering(
      "a list signed by another key",
      "echo >> SHA256SUMS; sign_as_other --yes --armor -b -o SHA256SUMS.gpg SHA256SUMS",
      "SHA256SUMS.gpg", "No public key"),
    Tampering(
      "an image signed by another key",
      "sign_as_other --yes --armor -b -o $v.img.zst.asc $v.img.zst", "$v.img.zst.asc",
      "No public key"),
    Tampering("another file's signature", "cp SHA256SUMS.gpg $v.img.zst.asc", "$v.img.zst.asc"),
    Tampering(
      "two signatures", "sign --armor -b -o x $v.img.zst; cat x >> $v.img.zst.asc; rm x",
      "$v.img.zst.asc", "not one armored signature"),
    Tampering(
      "a binary signature", "sign --yes -b -o SHA256SUMS.gpg SHA256SUMS", "SHA256SUMS.gpg",
      "not one armored signature"),
    Tampering(
      "a comment in the armour", "sed -i '1aComment: hello' $v.img.zst.asc", "$v.img.zst.asc",
      "not one armored signature"),
    Tampering(
      "a weak signature",
      "sign --yes --digest-algo SHA1 --armor -b -o $v.img.zst.asc $v.img.zst", "$v.img.zst.asc",
      "has a digest that is not SHA-256, SHA-384 or SHA-512"),
    Tampering(
      "a message instead of a signature",
      "sign --yes --armor --sign -o $v.img.zst.asc SHA256SUMS", "$v.img.zst.asc"),
    Tampering("no signature at all", "relist", "SHA256SUMS.gpg", "is missing"),
    Tampering(
      "a large signature", "truncate -s 200M $v.img.zst.asc", "$v.img.zst.asc",
      "more than the 65536 bytes"),
  ]

  private static let hostileLists = [
    Tampering(
      "a name that leads out", "echo \"$(printf %064d 0)  ../../etc/passwd\" >> SHA256SUMS",
      "../../etc/passwd", "is listed, but missing"),
    Tampering("a line twice", "head -1 SHA256SUMS >> SHA256SUMS", "SHA256SUMS", "again"),
    Tampering("a line without an end", "truncate -s -1 SHA256SUMS", "SHA256SUMS", "no newline"),
    Tampering("other line ends", "sed -i 's/$/\\r/' SHA256SUMS", "SHA256SUMS", "no newline"),
    Tampering(
      "a list of 100 MB", "truncate -s 100M SHA256SUMS", "SHA256SUMS", "more than the"),
    Tampering(
      "a list of empty lines", "head -c 1M /dev/zero | tr '\\0' '\\n' > SHA256SUMS", "SHA256SUMS",
      "line 100 is not"),
    Tampering(
      "a manifest of 100 MB", "truncate -s 100M $v.manifest.json", "$v.manifest.json",
      "more than the"),
    Tampering(
      "a manifest of brackets", "printf '%0100000d' 0 | tr 0 '[' > $v.manifest.json",
      "$v.manifest.json", "nested more than 64 deep"),
    Tampering(
      "a manifest of objects", "printf '%0100000d' 0 | sed 's/0/{\"a\":/g' > $v.manifest.json",
      "$v.manifest.json", "nested more than 64 deep"),
    Tampering(
      "a manifest that is an array", "echo '[]' > $v.manifest.json", "$v.manifest.json",
      "files is not an object"),
    Tampering(
      "a manifest of wrong kinds",
      "echo '{\"files\": {\"a\": 1e999, \"b\": {\"size\": \"1\", \"sha256\": 2}}, \"images\": 5, "
        + "\"ostree\": []}' > $v.manifest.json", "$v.manifest.json"),
  ]

  /// Unsigned outputs that match their lists, but are invalid.
  static let ofUnsignedOutputs = [
    Tampering(
      "an image larger than it says", "relist extracted_size=1048576", "$v.img.zst",
      "unpacks to more than the 1048576 bytes"),
    Tampering(
      "an image smaller than it says", "relist extracted_size=99999999999", "$v.img.zst",
      "not the 99999999999"),
    Tampering(
      "an image too large to unpack", "relist extracted_size=9223372036854775807",
      "$v.manifest.json", "up to 4.0 TiB"),
    Tampering(
      "a negative size", "relist extracted_size=-1", "$v.manifest.json", "needs extracted_size"),
    Tampering(
      "a bomb", "head -c 2G /dev/zero | zstd -q -1 -f -o $v.img.zst; relist", "$v.img.zst",
      "unpacks to more than the"),
    Tampering(
      "another raw digest", "relist extracted_sha256='\"'$(printf %064d 0)'\"'", "$v.img.zst",
      "unpacks to an image with SHA-256"),
    Tampering(
      "no image at all", "head -c 1M /dev/urandom > $v.img.zst; relist", "$v.img.zst",
      "cannot be unpacked"),
    Tampering(
      "another compression", "relist compression_type='\"gz\"'", "$v.img.sha256",
      "is listed neither in manifest.json nor in SHA256SUMS"),
    Tampering(
      "an unknown compression", "relist compression_type='\"lzma\"'", "$v.manifest.json",
      "compression_type"),
    Tampering(
      "an image elsewhere", "relist file='\"../x\"'", "$v.manifest.json", "file is not one of files"
    ),
    Tampering(
      "another compressed size", "relist compressed_size=7", "$v.manifest.json",
      "compressed_size is not the size"),
    Tampering("no commit", "relist .ostree='{}'", "$v.manifest.json", "ostree.commit is missing"),
    Tampering(
      "a commit with a shell in it", "relist .ostree='{\"commit\": \"; reboot\"}'",
      "$v.manifest.json", "which is not a commit"),
    Tampering(
      "other inputs", "relist .inputs='\"'$(printf %064d 0)'\"'", "$v.manifest.json",
      "inputs is not the sha256 of"),
    Tampering(
      "another commit", "relist .ostree='{\"commit\": \"'$(printf %064d 0)'\"}'", "$v.img.zst",
      "boots commit"),
  ]

  /// Images that match their lists, but cannot boot.
  static let ofImages = [
    Tampering(
      "a damaged GPT", "edit_image; flip ../raw 600; pack_image", "$v.img.zst",
      "first GPT header with a wrong checksum"),
    Tampering(
      "a damaged root filesystem",
      "edit_image; debugfs -w -R 'clri /usr' \"$filesystem\"; "
        + "debugfs -w -R 'clri /boot/loader/entries/ostree-1-eos.conf' \"$filesystem\"; pack_image",
      "$v.img.zst", "damaged root filesystem"),
    Tampering(
      "a damaged EFI system partition",
      "edit_image; dd if=/dev/urandom of=../raw bs=512 seek=$((efi + 1)) count=16 conv=notrunc "
        + "status=none; pack_image", "$v.img.zst", "damaged EFI system partition"),
    Tampering(
      "another label",
      "edit_image; debugfs -w -R 'ssv volume_name other' \"$filesystem\"; pack_image",
      "$v.img.zst", "with the label 'other', not 'ostree'"),
    Tampering(
      "no kernel",
      """
      edit_image
      kernel=$(debugfs -R 'cat /boot/loader/entries/ostree-1-eos.conf' "$filesystem" |
        sed -n 's/^linux //p')
      debugfs -w -R "rm /boot$kernel" "$filesystem"; pack_image
      """, "$v.img.zst", "lacks the kernel /ostree/eos-"),
    Tampering(
      "no boot loader entry",
      "edit_image; debugfs -w -R 'rm /boot/loader/entries/ostree-1-eos.conf' \"$filesystem\"; "
        + "pack_image", "$v.img.zst", "has no boot loader entry"),
    Tampering(
      "no commit object",
      "edit_image; debugfs -w -R "
        + "\"rm /ostree/repo/objects/${commit:0:2}/${commit:2}.commit\" \"$filesystem\"; pack_image",
      "$v.img.zst", "lacks commit"),
  ]
}
