internal import CGRPC
internal import Glibc

/// `TransportOptions` in the core's form.
struct ChannelArguments {
  private enum Value {
    case integer(Int)
    case string(String)
  }

  private var values: [(key: String, value: Value)] = []
  private var quota: Int?

  static func client(_ options: TransportOptions) -> ChannelArguments {
    var arguments = ChannelArguments(common: options)
    arguments.set("grpc.initial_reconnect_backoff_ms", options.reconnect.initial)
    arguments.set("grpc.min_reconnect_backoff_ms", options.reconnect.connectTimeout)
    arguments.set("grpc.max_reconnect_backoff_ms", options.reconnect.maximum)
    arguments.set("grpc.enable_http_proxy", options.httpProxy ? 1 : 0)
    // Replaying calls is ours to decide; the core's own retries would keep every message.
    arguments.set("grpc.enable_retries", 0)
    // No TXT look-up beside every name look-up.
    arguments.set("grpc.service_config_disable_resolution", 1)
    // Channels to one target do not share a connection, as two owners expect.
    arguments.set("grpc.use_local_subchannel_pool", 1)
    // With the default of 2 pings an idle stream is soon not watched any more.
    arguments.set("grpc.http2.max_pings_without_data", 0)
    if let name = options.serverName {
      arguments.set("grpc.ssl_target_name_override", name)
    }
    return arguments
  }

  static func server(_ options: TransportOptions) -> ChannelArguments {
    var arguments = ChannelArguments(common: options)
    arguments.set("grpc.max_concurrent_streams", options.maxConcurrentStreams)
    arguments.set("grpc.so_reuseport", options.reusePort ? 1 : 0)
    arguments.set("grpc.server_handshake_timeout_ms", options.handshakeTimeout)
    if let age = options.maxConnectionAge {
      arguments.set("grpc.max_connection_age_ms", age)
      arguments.set("grpc.max_connection_age_grace_ms", options.connectionGrace)
    }
    // A client that pings more often than this is told to go away.
    arguments.set("grpc.http2.min_ping_interval_without_data_ms", .seconds(10))
    return arguments
  }

  private init(common options: TransportOptions) {
    set("grpc.max_receive_message_length", options.maxReceiveMessage)
    set("grpc.max_send_message_length", options.maxSendMessage)
    set("grpc.max_metadata_size", options.maxMetadata)
    set("grpc.http2.lookahead_bytes", options.window)
    // Guesses the window from the round-trip time, and then buffers megabytes for a stalled
    // reader; on loopback it is slower as well.
    set("grpc.http2.bdp_probe", 0)
    if let keepalive = options.keepalive {
      set("grpc.keepalive_time_ms", keepalive.interval)
      set("grpc.keepalive_timeout_ms", keepalive.timeout)
    }
    // We compress before the transport, and inflating here would not be bounded.
    set("grpc.per_message_compression", 0)
    set("grpc.per_message_decompression", 0)
    set("grpc.enable_channelz", 0)
    set("grpc.max_channel_trace_event_memory_per_node", 0)
    quota = options.memoryQuota
  }

  private mutating func set(_ key: String, _ value: Int) {
    values.append((key, .integer(value)))
  }

  private mutating func set(_ key: String, _ value: String) {
    values.append((key, .string(value)))
  }

  private mutating func set(_ key: String, _ value: Duration) {
    values.append((key, .integer(Int(clamping: value.wholeMilliseconds))))
  }

  /// Lends the arguments for the making of one channel or server, which copies them.
  func withCore<Result>(_ body: (UnsafePointer<grpc_channel_args>) -> Result) -> Result {
    let coreQuota = quota.map { size in
      let quota = grpc_resource_quota_create(nil)
      grpc_resource_quota_resize(quota, size)
      return quota
    }
    var copies: [UnsafeMutablePointer<CChar>?] = []
    var arguments = values.map { key, value in
      var argument = grpc_arg()
      argument.key = strdup(key)
      copies.append(argument.key)
      switch value {
      case .integer(let integer):
        argument.type = GRPC_ARG_INTEGER
        argument.value.integer = Int32(clamping: integer)
      case .string(let string):
        argument.type = GRPC_ARG_STRING
        argument.value.string = strdup(string)
        copies.append(argument.value.string)
      }
      return argument
    }
    defer {
      for copy in copies { free(copy) }
      if let quota = coreQuota { grpc_resource_quota_unref(quota) }
    }
    if let quota = coreQuota, let quota {
      arguments.append(cgrpc_quota_argument(quota))
    }
    return arguments.withUnsafeMutableBufferPointer { buffer in
      withUnsafePointer(
        to: grpc_channel_args(num_args: buffer.count, args: buffer.baseAddress),
        body
      )
    }
  }
}

extension Duration {
  /// Rounded up, and never less than nothing: a deadline must not come before its time.
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = max(0, seconds).multipliedReportingOverflow(by: 1000)
    if overflow { return .max }
    if seconds < 0 || attoseconds < 0 { return product }
    let (sum, sumOverflow) = product.addingReportingOverflow(
      (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    )
    return sumOverflow ? .max : sum
  }
}
