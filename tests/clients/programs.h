// Register programs of single operations in f16, written by hand from what is public about the
// registers. Feature maps are cubes of surfaces of 8 channels, 16 bytes a pixel.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { most_words = 128 };

struct conv {
  unsigned width, height, channels, kernels, size;  // stride 1, no padding; channels % 16 == 0
  uint64_t input, weights, output;
};
struct add {
  unsigned width, height, channels;
  uint64_t a, b, output;
};
struct pool {  // maximum over size x size, stride = size
  unsigned width, height, channels, size;
  uint64_t input, output;
};

// The record by which the vendor's programs for several cores wait for each other: 32 bytes are
// copied from `scratch` + 32 to `scratch`.
size_t barrier_words(uint64_t* words, uint64_t scratch);

enum { conv_enable = 0x0d, add_enable = 0x18, pool_enable = 0x60 };
enum { dpu_interrupt = 0x300, ppu_interrupt = 0xc00 };

size_t conv_words(uint64_t* words, const struct conv* c);
size_t add_words(uint64_t* words, const struct add* a);
size_t pool_words(uint64_t* words, const struct pool* p);
