/// A request to the kernel about memory, which Swift cannot make without the whole of Glibc.
#ifndef CHUGEPAGES_H
#define CHUGEPAGES_H

#include <stddef.h>
#include <sys/mman.h>

/// Asks for pages of 2 MiB behind a range that begins on a page. Where the kernel has none to give
/// the range keeps its small pages, so the answer is of no interest.
static inline void retinue_use_huge_pages(void *address, size_t byte_count) {
#ifdef MADV_HUGEPAGE
  (void)madvise(address, byte_count, MADV_HUGEPAGE);
#endif
}

#endif
