// What the first record of a convolution says of its geometry: the registers that a model file
// states nowhere else.
//
//   const Result<ConvRecordFacts> facts = read_conv_record(*set.record_of(task));
//   if (facts) ... facts->stride.y, facts->pad_top, facts->depthwise ...
//
// The first record of a node is complete and holds the padding of the whole input: later records
// of the node are short, and have padding above only where they touch the border.
#pragma once

#include <cstdint>

#include "decoder/program.h"
#include "regdb/error.h"
#include "replay/shape/shape_numbers.h"

namespace npuscope {

struct ConvRecordFacts {
  bool depthwise = false;
  bool deconvolution = false;
  bool pixels = false;  // the input path for interleaved pixels is on
  Pair stride, dilation;
  std::uint32_t pad_top = 0, pad_left = 0;
  Pair kernel;                    // as the CNA fetches it
  bool writes_f32 = false;        // DPU output precision
  bool relu = false;              // the ReLU of the BN stage: before an add, or without one
  bool other_activation = false;  // an upper limit or a slope, no plain ReLU
  bool adds = false;              // an element-wise operand is read
  bool relu_after_add = false;
  bool has_table = false;
  bool reads_bias = false;
};

// An Error if a register that is needed was not written or captured in the record.
[[nodiscard]] Result<ConvRecordFacts> read_conv_record(const Record& record);

}  // namespace npuscope
