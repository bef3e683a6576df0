/// A hint to the processor about memory, which Swift cannot give by itself.
///
/// Inline: a call would cost as much as the cache miss that it avoids.
#ifndef CPREFETCH_H
#define CPREFETCH_H

/// Starts loading the cache line at `address`, which may be any address, even an invalid one.
static inline void retinue_prefetch(const void *address) {
  __builtin_prefetch(address, 0, 3);
}

#endif
