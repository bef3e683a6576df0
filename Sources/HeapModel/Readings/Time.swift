/// Nanoseconds since 1970-01-01 UTC, by the clock of the host that says it.
package typealias UnixNanoseconds = UInt64
