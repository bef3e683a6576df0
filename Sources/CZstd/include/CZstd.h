/// The edge of libzstd: its headers as they are, imported by `Compression` only.
#ifndef CZSTD_H
#define CZSTD_H
#include <sys/types.h>
#include <zstd.h>
#include <zstd_errors.h>
#endif
