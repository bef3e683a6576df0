internal import Glibc

/// What Kubernetes says of the pod that a process runs in, as labels.
///
/// Told by variables that the pod's specification fills from the downward API, or by a volume of
/// it. There is no other source: an agent asks no API server, so it needs no right there.
package enum PodLabels {
  /// The first that is set counts; the second form is for those that make variables of C's names.
  private static let serviceNames = ["app.kubernetes.io/name", "APP_KUBERNETES_IO_NAME"]
  private static let versionNames = ["app.kubernetes.io/version", "APP_KUBERNETES_IO_VERSION"]

  /// Variables of a process or of the agent that are read.
  static let variables = serviceNames + versionNames + ["POD_NAME", "POD_NAMESPACE"]

  /// - Parameter place: put before each origin: `the agent's `.
  package static func labels(
    of variable: (String) -> String?,
    place: String = ""
  ) -> ToldLabels {
    ToldLabels(
      service: ToldLabel(firstOf: serviceNames, in: variable, prefix: place),
      version: ToldLabel(firstOf: versionNames, in: variable, prefix: place),
      instance: ToldLabel(firstOf: ["POD_NAME"], in: variable, prefix: place),
      environment: ToldLabel(firstOf: ["POD_NAMESPACE"], in: variable, prefix: place)
    )
  }

  /// Labels from a folder of the downward API: its files `labels`, `name` and `namespace`.
  ///
  /// - Parameter file: the contents of a file in the folder; nil where there is none.
  package static func labels(folder: String, _ file: (String) -> [UInt8]?) -> ToldLabels {
    let place = "\(folder)/labels: "
    let pairs = DownwardFile.pairs(file("labels") ?? [])
    func line(_ name: String) -> ToldLabel? {
      let text = file(name).map { String(decoding: $0.prefix { $0 >= 0x20 }, as: UTF8.self) }
      return text.flatMap { $0.isEmpty ? nil : ToldLabel($0, from: "\(folder)/\(name)") }
    }
    return ToldLabels(
      service: ToldLabel(
        firstOf: ["app.kubernetes.io/name", "app"],
        in: { pairs[$0] },
        prefix: place
      ),
      version: ToldLabel(
        firstOf: ["app.kubernetes.io/version", "version"],
        in: { pairs[$0] },
        prefix: place
      ),
      instance: line("name"),
      environment: line("namespace")
    )
  }

  /// What the agent's own pod says, which is that of all it watches where they stand in one.
  static func ofOwnPod(folder: String?) -> ToldLabels {
    let told = folder.map { folder in
      labels(folder: folder) { readWhole("\(folder)/\($0)", limit: 1 << 20) }
    }
    let own = labels(
      of: { name in getenv(name).map { String(cString: $0) } },
      place: "the agent's "
    )
    return (told ?? ToldLabels()).filled(from: own)
  }
}
