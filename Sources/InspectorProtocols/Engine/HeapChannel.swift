/// How the messages of one heap travel on a connection that carries several.
enum HeapChannel: Hashable, Sendable {
  /// As they are: the heap that was connected to.
  case own
  /// As they are, with the session's id beside `method` (`flatten: true` of the Target domain).
  case flat(session: String)
  /// Each as a string inside a message of the heap that announced it.
  case enclosed(session: String)

  /// The id by which the inspector names the session; nil for its own.
  var session: String? {
    switch self {
    case .own: nil
    case .flat(let session), .enclosed(let session): session
    }
  }
}

/// What a message of the main heap says about others.
enum HeapNews: Hashable, Sendable {
  /// Another heap can be talked to.
  case appeared(HeapIntroduction)
  /// The session of this id is over.
  case gone(session: String)
  /// The heap itself is no more, and so are all sessions with it.
  case destroyed(identity: String)
  /// The engine behind the session of this id crashed; the session stays, and serves again when the
  /// page is loaded anew.
  case crashed(session: String)
  /// The same of all sessions with a heap.
  case crashedForAll(identity: String)
  /// A heap that crashed has an engine again, to which the session leads.
  case revived(session: String)
  /// What it runs is another script or page now.
  case retitled(identity: String, title: String)
}

/// A heap as the inspector introduces it.
struct HeapIntroduction: Hashable, Sendable {
  var channel: HeapChannel
  /// The inspector's own name of it, the same in all sessions with it; empty where it has none.
  var identity = ""
  /// The protocol's own word for what it is: `worker`, `page`, `service_worker`.
  var kind: String
  /// What it is called among those of its process (`SessionDescription.name`).
  var name: String
  /// The script or page that it runs.
  var title: String
}
