package import InspectorProtocols

/// A heap that can be asked: which one, and the connection that reaches it.
package struct ConnectedHeap: Sendable {
  package let connection: TargetConnection
  package let number: HeapNumber

  package init(_ connection: TargetConnection, _ number: HeapNumber = .main) {
    self.connection = connection
    self.number = number
  }

  package func ask(_ request: SessionRequest, _ receiver: any RequestReceiver) {
    connection.ask(request, of: number, receiver)
  }

  /// Asks for what has one answer, and waits for it.
  package func ask(_ request: SessionRequest) async -> SessionAction {
    await connection.ask(request, of: number)
  }

  /// Lets the heap forget the ids that a series holds.
  package func endSeries() {
    connection.endSeries(of: number)
  }
}
