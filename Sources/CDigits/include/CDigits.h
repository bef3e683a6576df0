/// Digits of a text many at a time, with the vector instructions that every processor of an
/// architecture has and Swift has no words for; elsewhere eight bytes at a time in plain C.
///
/// Inline: a call would cost as much as the work.
#ifndef CDIGITS_H
#define CDIGITS_H

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(RETINUE_PLAIN_DIGITS)
#define RETINUE_VECTOR_DIGITS 1
#include <emmintrin.h>
#endif

static inline uint64_t retinue_word(const void *text) {
  uint64_t word;
  memcpy(&word, text, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

/// A bit for each of the 64 bytes at `text` that is no digit.
static inline uint64_t retinue_non_digits(const void *text) {
  uint64_t mask = 0;
#ifdef RETINUE_VECTOR_DIGITS
  for (int word = 0; word < 4; word++) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)text + word);
    __m128i values = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
    __m128i is_more = _mm_cmpeq_epi8(_mm_max_epu8(values, _mm_set1_epi8(10)), values);
    mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(is_more) << (16 * word);
  }
#else
  for (int word = 0; word < 8; word++) {
    // A digit is 0 to 9 after this, and only what is more reaches the highest bit.
    uint64_t values = retinue_word((const char *)text + 8 * word) ^ 0x3030303030303030;
    uint64_t marks = ((values & 0x7F7F7F7F7F7F7F7F) + 0x7676767676767676) | values;
    // Every product of a mark with one factor bit lands on a bit of its own; the highest byte has
    // the eight that count.
    mask |= ((marks & 0x8080808080808080) * 0x0002040810204081) >> 56 << (8 * word);
  }
#endif
  return mask;
}

/// Writes the eight bytes of `offsets`, the lowest first, as 16-bit numbers, each with `base` added.
static inline void retinue_write_places(uint16_t *places, uint64_t offsets, uint16_t base) {
#ifdef RETINUE_VECTOR_DIGITS
  __m128i wide = _mm_unpacklo_epi8(_mm_cvtsi64_si128((long long)offsets), _mm_setzero_si128());
  _mm_storeu_si128((__m128i *)places, _mm_add_epi16(wide, _mm_set1_epi16((short)base)));
#else
  for (int place = 0; place < 8; place++) {
    places[place] = (uint16_t)(base + (uint8_t)(offsets >> (8 * place)));
  }
#endif
}

/// The number of the `length` digits, 1 to 8, in front of `end`. Reads the eight bytes there.
static inline uint64_t retinue_number(const void *end, uint64_t length) {
  // The last digit is the highest byte; bytes below the first become zeros in front.
  uint64_t foreign = 64 - 8 * length;
  uint64_t digits = (retinue_word((const char *)end - 8) ^ 0x3030303030303030) >> foreign << foreign;
  // Neighbours become pairs, pairs become fours, fours become the eight.
  uint64_t pairs = digits * 10 + (digits >> 8);
  uint64_t even = (pairs & 0x000000FF000000FF) * (100 + (1000000ULL << 32));
  uint64_t odd = ((pairs >> 16) & 0x000000FF000000FF) * (1 + (10000ULL << 32));
  return (even + odd) >> 32;
}

/// The numbers of `first_length` and `second_length` digits, 1 to 8 each, in front of two ends; the
/// first in the low half. Reads the eight bytes in front of each.
static inline uint64_t retinue_two_numbers(const void *first_end, uint64_t first_length,
                                           const void *second_end, uint64_t second_length) {
#ifdef RETINUE_VECTOR_DIGITS
  static const uint64_t masks[9] = {
      0,
      0xFF00000000000000,
      0xFFFF000000000000,
      0xFFFFFF0000000000,
      0xFFFFFFFF00000000,
      0xFFFFFFFFFF000000,
      0xFFFFFFFFFFFF0000,
      0xFFFFFFFFFFFFFF00,
      0xFFFFFFFFFFFFFFFF,
  };
  __m128i text = _mm_set_epi64x((long long)retinue_word((const char *)second_end - 8),
                                (long long)retinue_word((const char *)first_end - 8));
  __m128i mask = _mm_set_epi64x((long long)masks[second_length], (long long)masks[first_length]);
  __m128i digits = _mm_and_si128(_mm_sub_epi8(text, _mm_set1_epi8('0')), mask);
  __m128i tens = _mm_mullo_epi16(_mm_and_si128(digits, _mm_set1_epi16(0xFF)), _mm_set1_epi16(10));
  __m128i pairs = _mm_add_epi16(tens, _mm_srli_epi16(digits, 8));
  __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(100 | 1 << 16));
  __m128i packed = _mm_packs_epi32(fours, fours);
  return (uint64_t)_mm_cvtsi128_si64(_mm_madd_epi16(packed, _mm_set1_epi32(10000 | 1 << 16)));
#else
  return retinue_number(first_end, first_length) |
         retinue_number(second_end, second_length) << 32;
#endif
}

#endif
