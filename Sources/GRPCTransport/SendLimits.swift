/// What one side may send, checked before the core sees it.
struct SendLimits: Sendable {
  let message: Int
  let metadata: Int

  init(_ options: TransportOptions) {
    message = options.maxSendMessage
    metadata = options.maxMetadata
  }
}
