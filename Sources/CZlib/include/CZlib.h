/// The edge of zlib, imported by `Compression` only.
#ifndef CZLIB_H
#define CZLIB_H
#include <sys/types.h>
#include <zlib.h>

/// Prepares a stream that writes gzip: `deflateInit2` is a macro, which Swift does not import.
static inline int retinue_deflate_init_gzip(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

/// Prepares a stream that reads gzip, and nothing else: `inflateInit2` is a macro too.
static inline int retinue_inflate_init_gzip(z_stream *stream) {
  return inflateInit2(stream, 15 + 16);
}

#endif
