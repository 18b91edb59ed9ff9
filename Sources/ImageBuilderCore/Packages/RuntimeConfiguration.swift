import Configuration
import YAML

/// The mapping `config` of a package: how LinuxKit starts a container of its image. It is the label
/// `org.mobyproject.config`, as JSON in the order of LinuxKit's type ImageConfig, so that equal files are
/// equal images for both programs.
enum RuntimeConfiguration {
  /// Returns the text of the label. What is wrong is a problem.
  static func label(_ node: YAMLNode, _ reader: inout YAMLReader) -> String? {
    node.isNull ? nil : json(node, .object(fields), "config", &reader)
  }

  /// What a value is, and how Go writes it.
  private indirect enum Shape: Sendable {
    case text, flag, integer
    /// A number or a text.
    case scalar
    case list(Shape)
    /// A mapping with free keys, which are sorted.
    case map(Shape)
    case object([Field])
  }

  private struct Field: Sendable {
    let key: String
    let jsonKey: String
    let shape: Shape
    /// What is written if there is no value; nil to leave the key out.
    let absent: String?

    init(_ key: String, _ shape: Shape, json: String? = nil, absent: String? = nil) {
      (self.key, self.shape) = (key, shape)
      (jsonKey, self.absent) = (json ?? key, absent)
    }
  }

  private static func json(
    _ node: YAMLNode, _ shape: Shape, _ path: String, _ reader: inout YAMLReader
  ) -> String? {
    switch shape {
    case .text: return reader.text(node, path).map { quoted($0.text) }
    case .flag: return reader.flag(node, path).map { "\($0)" }
    case .integer: return reader.integer(node, path).map { "\($0)" }
    case .scalar:
      guard case .scalar(let text, isPlain: true) = node.content, let number = Int64(text) else {
        return reader.text(node, path).map { quoted($0.text) }
      }
      return "\(number)"
    case .list(let shape):
      let items = reader.items(node, path).compactMap { json($0, shape, path, &reader) }
      return "[\(items.joined(separator: ","))]"
    case .map(let shape):
      let entries = reader.entries(node, path).sorted { $0.key.text < $1.key.text }
      let members = entries.compactMap { key, value in
        json(value, shape, YAMLReader.path(path, key.text), &reader).map {
          "\(quoted(key.text)):\($0)"
        }
      }
      return "{\(members.joined(separator: ","))}"
    case .object(let fields):
      let values = reader.mapping(node, path, known: fields.map(\.key))
      let members = fields.compactMap { field -> String? in
        var text = field.absent
        if let value = values[field.key], !value.isNull {
          text = json(value, field.shape, YAMLReader.path(path, field.key), &reader)
        }
        // Go leaves out empty texts that are not always written.
        if text == "\"\"", field.absent == nil, case .text = field.shape { text = nil }
        return text.map { "\(quoted(field.jsonKey)):\($0)" }
      }
      return "{\(members.joined(separator: ","))}"
    }
  }

  /// A text in JSON as Go writes it: characters of HTML are escaped.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "<", ">", "&", "\u{2028}", "\u{2029}", "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  // MARK: The type

  private static let texts = Shape.list(.text)
  private static let mappings = Shape.list(
    .object([
      Field("containerid", .integer, json: "containerID", absent: "0"),
      Field("hostid", .integer, json: "hostID", absent: "0"),
      Field("size", .integer, absent: "0"),
    ]))
  /// OCI runtime specification 1.1, "Mounts". Keys are in lower case, as Go's YAML reads types without names.
  private static let mounts = Shape.list(
    .object([
      Field("destination", .text, absent: "\"\""), Field("type", .text), Field("source", .text),
      Field("options", texts), Field("uidmappings", mappings, json: "uidMappings"),
      Field("gidmappings", mappings, json: "gidMappings"),
    ]))
  private static let devices = Shape.list(
    .object([
      Field("path", .text, absent: "\"\""), Field("type", .text, absent: "\"\""),
      Field("major", .integer, absent: "0"), Field("minor", .integer, absent: "0"),
      Field("mode", .text),
    ]))
  private static let runtime = Shape.object([
    Field("cgroups", texts), Field("mounts", mounts), Field("mkdir", texts),
    Field(
      "interfaces",
      .list(
        .object([
          Field("name", .text), Field("add", .text), Field("peer", .text),
          Field("createInRoot", .flag, absent: "false"),
        ]))),
    Field(
      "bindNS",
      .object(["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"].map { Field($0, .text) }),
      absent: "{}"),
    Field("namespace", .text),
  ])

  private static let fields =
    [
      "capabilities", "capabilities.add", "ambient",
    ].map { Field($0, texts) } + [Field("mounts", mounts)]
    + [
      "binds", "binds.add",
    ].map { Field($0, texts) } + [Field("devices", devices)]
    + ["tmpfs", "command", "env"].map { Field($0, texts) }
    + ["cwd", "net", "pid", "ipc", "uts", "userns", "hostname"].map { Field($0, .text) }
    + [
      Field("readonly", .flag), Field("maskedPaths", texts), Field("readonlyPaths", texts),
      Field("uid", .scalar), Field("gid", .scalar), Field("additionalGids", .list(.scalar)),
      Field("noNewPrivileges", .flag), Field("oomScoreAdj", .integer),
      Field("rootfsPropagation", .text), Field("cgroupsPath", .text),
      Field("resources", RuntimeResources.shape), Field("sysctl", .map(.text)),
      Field("rlimits", texts), Field("uidMappings", mappings), Field("gidMappings", mappings),
      Field("annotations", .map(.text)), Field("runtime", runtime),
    ]

  /// OCI runtime specification 1.1, "Control groups" of Linux.
  private enum RuntimeResources {
    private static func numbers(_ keys: [(String, String)]) -> [Field] {
      keys.map { Field($0.0, .integer, json: $0.1) }
    }

    private static let device: [Field] = [
      Field("major", .integer, absent: "0"), Field("minor", .integer, absent: "0"),
    ]
    private static let weights = numbers([("weight", "weight"), ("leafweight", "leafWeight")])
    private static let throttle = Shape.list(
      .object(device + [Field("rate", .integer, absent: "0")]))

    static let shape = Shape.object([
      Field(
        "devices",
        .list(
          .object([
            Field("allow", .flag, absent: "false"), Field("type", .text), Field("major", .integer),
            Field("minor", .integer), Field("access", .text),
          ]))),
      Field(
        "memory",
        .object(
          numbers([
            ("limit", "limit"), ("reservation", "reservation"), ("swap", "swap"),
            ("kernel", "kernel"), ("kerneltcp", "kernelTCP"), ("swappiness", "swappiness"),
          ]) + [
            Field("disableoomkiller", .flag, json: "disableOOMKiller"),
            Field("usehierarchy", .flag, json: "useHierarchy"),
            Field("checkbeforeupdate", .flag, json: "checkBeforeUpdate"),
          ])),
      Field(
        "cpu",
        .object(
          numbers([
            ("shares", "shares"), ("quota", "quota"), ("burst", "burst"), ("period", "period"),
            ("realtimeruntime", "realtimeRuntime"), ("realtimeperiod", "realtimePeriod"),
          ]) + [Field("cpus", .text), Field("mems", .text), Field("idle", .integer)])),
      Field("pids", .object([Field("limit", .integer, absent: "0")])),
      Field(
        "blockio",
        .object(
          weights + [Field("weightdevice", .list(.object(device + weights)), json: "weightDevice")]
            + [
              ("throttlereadbpsdevice", "throttleReadBpsDevice"),
              ("throttlewritebpsdevice", "throttleWriteBpsDevice"),
              ("throttlereadiopsdevice", "throttleReadIOPSDevice"),
              ("throttlewriteiopsdevice", "throttleWriteIOPSDevice"),
            ].map { Field($0.0, throttle, json: $0.1) }), json: "blockIO"),
      Field(
        "hugepagelimits",
        .list(
          .object([
            Field("pagesize", .text, json: "pageSize", absent: "\"\""),
            Field("limit", .integer, absent: "0"),
          ])), json: "hugepageLimits"),
      Field(
        "network",
        .object([
          Field("classid", .integer, json: "classID"),
          Field(
            "priorities",
            .list(
              .object([
                Field("name", .text, absent: "\"\""), Field("priority", .integer, absent: "0"),
              ]))),
        ])),
      Field(
        "rdma",
        .map(
          .object(numbers([("hcahandles", "hcaHandles"), ("hcaobjects", "hcaObjects")])))),
      Field("unified", .map(.text)),
    ])
  }
}
