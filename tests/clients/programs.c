#include "programs.h"

enum { cna = 0x0201, core = 0x0801, dpu = 0x1001, rdma = 0x2001, ppu = 0x4001, ppu_rdma = 0x8001 };

static uint64_t word(unsigned target, unsigned offset, uint64_t value) {
  return (uint64_t)target << 48 | (value & 0xffffffff) << 16 | offset;
}

static size_t put(uint64_t* words, const uint64_t* list, size_t count) {
  for (size_t i = 0; i < count; ++i) words[i] = list[i];
  return count;
}

size_t conv_words(uint64_t* words, const struct conv* c) {
  const unsigned w = c->width, h = c->height, ch = c->channels, k = c->kernels, s = c->size;
  const unsigned ow = w - s + 1, oh = h - s + 1, pitch = ow * oh * 16;
  const unsigned entries = (w * ch * 2 + 63) / 64, data_banks = (entries * h + 511) / 512;
  const uint64_t list[] = {
      word(cna, 0x1040, (12 - data_banks) << 4 | data_banks),
      word(cna, 0x100c, 0x120),
      word(dpu, 0x4004, 0x0e),
      word(cna, 0x1010, (h + s) << 4),
      word(cna, 0x1014, 1 << 3 | 1),
      word(cna, 0x1020, w << 16 | h),
      word(cna, 0x1024, (ch - 1) << 16 | ch),
      word(cna, 0x1028, ow),
      word(cna, 0x102c, ow * oh),
      word(cna, 0x1030, s * s * ch * 2 * k),
      word(cna, 0x1034, s * s * ch * 2),
      word(cna, 0x1038, s << 24 | s << 16 | k),
      word(cna, 0x1044, entries),
      word(cna, 0x104c, 0x0b),
      word(cna, 0x1050, 0x10000),
      word(cna, 0x1054, 0x10000),
      word(cna, 0x1058, 0x10000),
      word(cna, 0x105c, 0x10000),
      word(cna, 0x1060, 0),
      word(cna, 0x1064, 0),
      word(cna, 0x1068, 0),
      word(cna, 0x1070, c->input),
      word(cna, 0x1074, 0),
      word(cna, 0x1078, 0xf000f),
      word(cna, 0x107c, w * 4),
      word(cna, 0x1080, (w * h - w * 4) & 0xfffffff),
      word(cna, 0x1084, w << 16 | h),
      word(cna, 0x1088, ch),
      word(cna, 0x1100, 0),
      word(cna, 0x1104, 0),
      word(cna, 0x1110, c->weights),
      word(cna, 0x1180, 0),
      word(cna, 0x1184, 0),
      word(core, 0x3010, 0x200),
      word(core, 0x3014, (oh - 1) << 16 | (ow - 1)),
      word(core, 0x3018, k - 1),
      word(core, 0x301c, 0),
      word(core, 0x3030, 0),
      word(dpu, 0x400c, 0x1e4),
      word(dpu, 0x4010, 0x48000002),
      word(dpu, 0x4014, 0),
      word(dpu, 0x4020, c->output),
      word(dpu, 0x4024, pitch),
      word(dpu, 0x4030, ow - 1),
      word(dpu, 0x4034, oh - 1),
      word(dpu, 0x4038, 0),
      word(dpu, 0x403c, (k - 1) << 16 | (k - 1)),
      word(dpu, 0x4040, 0x53),
      word(dpu, 0x4044, 0),
      word(dpu, 0x4048, 0),
      word(dpu, 0x404c, 0),
      word(dpu, 0x4050, 0x126),
      word(dpu, 0x4054, 0),
      word(dpu, 0x4058, k - 1),
      word(dpu, 0x405c, (oh - 1) << 16 | (ow - 1)),
      word(dpu, 0x4060, 0x53),
      word(dpu, 0x4064, 0),
      word(dpu, 0x4068, 0),
      word(dpu, 0x406c, 0),
      word(dpu, 0x4070, 0x383),
      word(dpu, 0x4078, 1),
      word(dpu, 0x4080, 0),
      word(dpu, 0x4084, 0x10001),
      word(dpu, 0x4088, 0),
      word(dpu, 0x40c0, pitch * 2),
  };
  return put(words, list, sizeof list / sizeof list[0]);
}

size_t add_words(uint64_t* words, const struct add* a) {
  const unsigned w = a->width, h = a->height, ch = a->channels, pitch = w * h * 16;
  const uint64_t list[] = {
      word(dpu, 0x4004, 0x0e),
      word(rdma, 0x5004, 0x0e),
      word(dpu, 0x400c, 0x1e5),
      word(dpu, 0x4010, 0x48000002),
      word(dpu, 0x4014, 0),
      word(dpu, 0x4020, a->output),
      word(dpu, 0x4024, pitch),
      word(dpu, 0x4030, w - 1),
      word(dpu, 0x4034, h - 1),
      word(dpu, 0x4038, 0),
      word(dpu, 0x403c, (ch - 1) << 16 | (ch - 1)),
      word(dpu, 0x4040, 0x53),
      word(dpu, 0x4050, 0x126),
      word(dpu, 0x4058, ch - 1),
      word(dpu, 0x405c, (h - 1) << 16 | (w - 1)),
      word(dpu, 0x4060, 0x53),
      word(dpu, 0x4070, 0x108203c0),
      word(dpu, 0x4078, 1),
      word(dpu, 0x4080, 0),
      word(dpu, 0x4084, 0x10001),
      word(dpu, 0x4088, 0),
      word(dpu, 0x40c0, pitch * 2),
      word(rdma, 0x500c, w - 1),
      word(rdma, 0x5010, h - 1),
      word(rdma, 0x5014, ch - 1),
      word(rdma, 0x5018, a->a),
      word(rdma, 0x501c, 0),
      word(rdma, 0x5028, 0),
      word(rdma, 0x5034, 0x40000008),
      word(rdma, 0x5038, a->b),
      word(rdma, 0x5040, pitch),
      word(rdma, 0x5044, 0x17841),
      word(rdma, 0x5048, 0),
      word(rdma, 0x504c, 0),
      word(rdma, 0x506c, 0),
  };
  return put(words, list, sizeof list / sizeof list[0]);
}

size_t pool_words(uint64_t* words, const struct pool* p) {
  const unsigned w = p->width, h = p->height, ch = p->channels, s = p->size;
  const unsigned ow = w / s, oh = h / s;
  const uint64_t list[] = {
      word(ppu, 0x6004, 0x0e),
      word(ppu_rdma, 0x7004, 0x0e),
      word(ppu, 0x600c, w - 1),
      word(ppu, 0x6010, h - 1),
      word(ppu, 0x6014, ch - 1),
      word(ppu, 0x6018, ow - 1),
      word(ppu, 0x601c, oh - 1),
      word(ppu, 0x6020, ch - 1),
      word(ppu, 0x6024, 0x11),
      word(ppu, 0x6034, (s - 1) << 20 | (s - 1) << 16 | (s - 1) << 8 | (s - 1)),
      word(ppu, 0x6038, 0),
      word(ppu, 0x603c, 0),
      word(ppu, 0x6040, 0),
      word(ppu, 0x6044, 0xfc00),
      word(ppu, 0x6048, 0),
      word(ppu, 0x6070, p->output),
      word(ppu, 0x607c, ow * oh * 16),
      word(ppu, 0x6084, 2),
      word(ppu, 0x60dc, 3),
      word(ppu_rdma, 0x700c, w - 1),
      word(ppu_rdma, 0x7010, h - 1),
      word(ppu_rdma, 0x7014, ch - 1),
      word(ppu_rdma, 0x701c, p->input),
      word(ppu_rdma, 0x7024, w * 16),
      word(ppu_rdma, 0x7028, w * h * 16),
      word(ppu_rdma, 0x7030, 2),
  };
  return put(words, list, sizeof list / sizeof list[0]);
}

size_t barrier_words(uint64_t* words, uint64_t scratch) {
  const uint64_t list[] = {
      word(ppu, 0x6004, 0x0e),
      word(ppu_rdma, 0x7004, 0x0e),
      word(ppu, 0x600c, 0),
      word(ppu, 0x6010, 0),
      word(ppu, 0x6014, 31),
      word(ppu, 0x6018, 0),
      word(ppu, 0x601c, 0),
      word(ppu, 0x6020, 31),
      word(ppu, 0x6024, 0x11),
      word(ppu, 0x6034, 0),
      word(ppu, 0x6038, 0),
      word(ppu, 0x603c, 0),
      word(ppu, 0x6040, 0),
      word(ppu, 0x6044, 0),
      word(ppu, 0x6048, 0),
      word(ppu, 0x6070, scratch),
      word(ppu, 0x607c, 16),
      word(ppu, 0x6084, 16),
      word(ppu, 0x60dc, 3),
      word(ppu_rdma, 0x700c, 0),
      word(ppu_rdma, 0x7010, 0),
      word(ppu_rdma, 0x7014, 31),
      word(ppu_rdma, 0x701c, scratch + 32),
      word(ppu_rdma, 0x7024, 16),
      word(ppu_rdma, 0x7028, 16),
      word(ppu_rdma, 0x7030, 1),
  };
  return put(words, list, sizeof list / sizeof list[0]);
}
