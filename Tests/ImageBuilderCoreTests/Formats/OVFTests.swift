import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct OVFTests {
  private let formats: FormatFixture

  /// The image has data in the first, the third and the last 32 MiB, which are the ranges of tables.
  init() throws {
    formats = try FormatFixture(
      """
      seq 300000 | dd of="$raw" bs=1M seek=70 status=none
      truncate -s 201M "$raw"; printf end | dd of="$raw" bs=1 seek=$((210763776 - 3)) status=none
      """)
  }

  @Test func othersReadThePackage() async throws {
    let made = try await formats.make(
      "[image]\nvm_image = true\nproduct_name = A & \"B\" <C>\n"
        + "[vm]\nextra_size = 3G\ncpus = 3\nmemory = 1500M\n")
    let zip = made.path("ovf.zip")
    try Shell.run(
      """
      cd '\(formats.fixture.directory)'; mkdir out; v=\(made.version)
      unzip -q -t '\(zip)'; unzip -q '\(zip)' -d out; cd out
      [[ $(ls) == "$v.mf"$'\\n'"$v.ovf"$'\\n'"$v.vmdk" ]]
      # sha256sum wants a blank before the parenthesis.
      sed 's/^SHA256(\\(.*\\))= /SHA256 (\\1) = /' "$v.mf" | sha256sum --quiet --strict -c
      qemu-img info "$v.vmdk" | grep 'create type: streamOptimized'
      qemu-img check "$v.vmdk"
      qemu-img convert -f vmdk -O raw "$v.vmdk" back
      [[ $(stat -c %s back) == $(( (201 << 20) + (3 << 30) )) ]]
      truncate -s 201M back; cmp back ../raw.img
      """)
    let facts = try Shell.run(
      """
      python3 - '\(zip)' <<'END'
      import sys, zipfile
      import xml.etree.ElementTree as xml
      package = zipfile.ZipFile(sys.argv[1])
      assert package.testzip() is None
      print({(i.compress_type, i.date_time, i.external_attr >> 16) for i in package.infolist()})
      ovf = [n for n in package.namelist() if n.endswith('.ovf')][0]
      tree = xml.fromstring(package.read(ovf))
      envelope = '{http://schemas.dmtf.org/ovf/envelope/1}'
      setting = '{http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData}'
      file = tree.find(f'{envelope}References/{envelope}File')
      assert int(file.get(envelope + 'size')) == package.getinfo(file.get(envelope + 'href')).file_size
      print(tree.find(f'{envelope}DiskSection/{envelope}Disk').get(envelope + 'capacity'))
      print(tree.find(f'{envelope}VirtualSystem/{envelope}Name').text)
      for item in tree.iter(envelope + 'Item'):
          names = [child.tag for child in item]
          assert names == sorted(names), names
          print(item.find(setting + 'ResourceType').text, item.findtext(setting + 'VirtualQuantity'))
      END
      """)
    #expect(
      facts.lines == [
        "{(0, (2023, 11, 14, 22, 13, 20), 33188)}", "\((201 << 20) + (3 << 30))", "A & \"B\" <C>",
        "3 3", "4 1500", "20 None", "10 None", "17 None",
      ])
    #expect(
      try await formats.refusal(OVFImage.self, zip, made.raw("ovfzip")) == nil)
  }

  /// Changes a package in Python, where `p` are its bytes, and `v` and `m` the places of the VMDK and
  /// of the OVF manifest in it.
  private static let hostile = [
    ("p[v + 512 + 60] ^= 1", "header or descriptor"),
    ("p[v:v + 4] = b'# Di'", "header or descriptor"),
    ("p[v + 16] ^= 1", "header or descriptor"),
    ("i = p.index(b'streamOptimized'); p[i:i + 15] = b'twoGbMaxExtentF'", "header or descriptor"),
    ("i = p.index(b'.vmdk\"'); p[i:i + 5] = b'.pass'", "header or descriptor"),
    ("i = p.index(b'CID=') + 4; p[i:i + 8] = b'ZZZZZZZZ'", "descriptor"),
    ("p[v + 65536] ^= 1", ""),
    ("p[v + 65536 + 8] ^= 4", ""),
    ("p[v + 65536 + 10] = 255", "order of grains"),
    ("p[v + 65536 + 12 + 100] ^= 1", "cannot be unpacked"),
    ("i = p.rindex(b'KDMV'); p[i + 56] ^= 1", "directory of grains"),
    ("i = p.rindex(b'KDMV'); p[i - 512 + 12] ^= 1", "directory of grains"),
    ("i = p.index(b'SHA256('); p[i + 100] ^= 1", "wrong checksum"),
    ("i = p.index(b'capacity=') + 11; p[i] ^= 1", "wrong checksum"),
    ("p += b'x'", "zip archive"),
    ("del p[-1]", "zip archive"),
    ("i = p.rindex(b'PK\\1\\2'); p[i + 46] ^= 1", "zip archive"),
    ("p[v - 40] ^= 1", ""),
    ("p[:] = p[:1000]", ""),
    ("p[:] = b''", "truncated"),
    ("p[:] = zip_of({'a.vmdk': b'x', 'a.ovf': b'', 'a.mf': b''})", "zip archive"),
    ("p[14] ^= 1", "zip archive"),
  ]

  @Test func hostilePackagesAreRefused() async throws {
    let made = try await formats.make("[image]\nvm_image = true\n[vm]\nextra_size = 0\n")
    let raw = try made.raw("ovfzip")
    for (number, (change, reason)) in Self.hostile.enumerated() {
      let file = formats.fixture.path("evil\(number)")
      try Shell.run(
        """
        python3 - '\(made.path("ovf.zip"))' '\(file)' <<'END'
        import io, sys, zipfile
        def zip_of(members):
            out = io.BytesIO()
            with zipfile.ZipFile(out, 'w') as z:
                for name, data in members.items(): z.writestr(name, data)
            return out.getvalue()
        p = bytearray(open(sys.argv[1], 'rb').read())
        v = p.index(b'KDMV')
        \(change)
        open(sys.argv[2], 'wb').write(p)
        END
        """)
      let refusal = try await formats.refusal(OVFImage.self, file, raw)
      #expect(
        refusal != nil && (reason.isEmpty || refusal?.contains(reason) == true),
        "\(change): \(refusal ?? "accepted")")
    }
    let other = ReadManifest.RawImage(
      compressionType: "ovf+zip", sizeInBytes: raw.sizeInBytes,
      diskSizeInBytes: raw.diskSizeInBytes + (1 << 20), digest: raw.digest)
    #expect(
      try await formats.refusal(OVFImage.self, made.path("ovf.zip"), other)?
        .contains("header or descriptor") == true)
  }

  /// Changes of the description, whose checksum and digests are right.
  private static let descriptions: [(from: String, to: String)] = [
    (
      "    <File ",
      "    <o:File xmlns:o=\"http://schemas.dmtf.org/ovf/envelope/1\" "
        + "ovf:href=\"http://evil.example.org/a\" ovf:id=\"file1\"/><!-- --><File "
    ),
    (
      "  </References>",
      "    <File ovf:href=\"b\" ovf:id=\"file2\" ovf:size=\"1\"/>\n  </References>"
    ),
    ("<Envelope ", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>\n<Envelope "),
    ("ovf:/disk/vmdisk1", "ovf:/disk/other"), ("ovf:/disk/vmdisk1", "file:///etc/passwd"),
    (
      "      <vmw:Config",
      "      <Item><rasd:ResourceType>15</rasd:ResourceType></Item>\n      <vmw:Config"
    ),
    ("  </VirtualSystem>", "    <ProductSection/>\n  </VirtualSystem>"),
    ("</Envelope>\n", "</Envelope>\n<!-- -->\n"), ("</Envelope>\n", ""),
    ("<Name>Test", "<Name>Test<b/>"), ("<Name>Test", "<Name>&b;"),
    ("<rasd:ElementName>2 ", "<rasd:ElementName>3 "),
    (">2</rasd:VirtualQuantity>", ">+2</rasd:VirtualQuantity>"),
    (">2048</rasd:VirtualQuantity>", ">99999999999999999999</rasd:VirtualQuantity>"),
    ("vmw:value=\"bios\"", "vmw:value=\"other\""),
    ("<vssd:VirtualSystemType>vmx-13<", "<vssd:VirtualSystemType>vmx-13\"<"),
    ("ovf:size=\"", "ovf:size=\"1"), ("", ""),
  ]

  @Test func aDescriptionNamesNothingElse() async throws {
    let made = try await formats.make(
      "[image]\nvm_image = true\nproduct_name = Test\nfirmware = bios\n[vm]\nextra_size = 0\n")
    let raw = try made.raw("ovfzip")
    let source = try UntrustedFile.open(made.path("ovf.zip"))
    defer { try? source.close() }
    let archive = try ZipReader(source)
    let contents = try archive.members.map {
      try archive.bytes(of: $0, maximumSizeInBytes: 1 << 30)
    }
    /// The package with another description.
    func refusal(
      named name: String = made.version, manifestEnd: String = "", _ change: (String) -> String
    ) async throws -> String? {
      let path = formats.fixture.path("changed.zip")
      let writer = try ZipWriter(path, timestamp: 1 << 30)
      let disk = try writer.add("\(name).vmdk") { try $0(contents[0]) }
      let text = change(String(decoding: contents[1], as: UTF8.self))
      let ovf = try writer.add("\(name).ovf", Array(text.utf8))
      try writer.add("\(name).mf", Array((OVFImage.manifest([ovf, disk]) + manifestEnd).utf8))
      try writer.finish()
      return try await formats.refusal(OVFImage.self, path, raw)
    }
    #expect(try await refusal { $0 } == nil)
    #expect(
      try await refusal { $0.replacing("<Name>Test", with: "<Name>A &amp; <\u{301}&quot;") } != nil)
    #expect(
      try await refusal { $0.replacing("<Name>Test", with: "<Name>A &amp; &lt;\u{301}&quot;") }
        == nil)
    for (from, to) in Self.descriptions {
      let found = try await refusal { text in
        if from.isEmpty { return to }
        #expect(text.contains(from), "\(from)")
        return text.replacing(from, with: to)
      }
      #expect(
        found?.contains("a description \(made.version).ovf that differs from line ") == true,
        "\(to): \(found ?? "accepted")")
    }
    let manifest = try await refusal(manifestEnd: "SHA256(a)= 0\n") { $0 }
    #expect(manifest == "has a manifest that does not describe its files")
    for name in ["../a", "..\\a", "C:a"] {
      #expect(try await refusal(named: name) { $0 } != nil, "\(name)")
    }
  }

  /// An archive of more than 4 GiB, which is a hole.
  @Test func longArchivesAreReadByOthers() throws {
    let (path, size) = (formats.fixture.path("long.zip"), UInt64(5 << 30))
    var entry = ZipEntry(name: "long", offset: 0, time: ZipEntry.time(0), hasLongSizes: true)
    (entry.sizeInBytes, entry.packedSizeInBytes) = (size, size)
    let begin = UInt64(entry.localHeader.count)
    let second = ZipEntry(name: "end", offset: begin + size, time: ZipEntry.time(1 << 40))
    try FileAccess.write(entry.localHeader, to: path)
    let tail =
      second.localHeader
      + ZipEntry.end(of: [entry, second], at: begin + size + UInt64(second.localHeader.count))
    try FileAccess.write(tail, to: formats.fixture.path("tail"))
    try Shell.run(
      """
      cd '\(formats.fixture.directory)'
      truncate -s \(begin + size) long.zip; cat tail >>long.zip
      [[ $(unzip -Z1 long.zip) == long$'\\n'end ]]
      python3 -c 'import zipfile; print([i.file_size for i in zipfile.ZipFile("long.zip").infolist()])' \
        | grep -F '[\(size), 0]'
      """)
  }
}
