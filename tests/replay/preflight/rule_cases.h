// For each rule of the table: a program that trips it, and one that nearly does.
//
//   {"HW-E2", {}, [](auto& p) { p.set(0, 0x1040, 0x87); }, [](auto& p) { p.set(0, 0x1040, 0x84); }}
//
// `also` lists rules that the same change cannot help but trip. The base of a case is a generated
// program (`shape`), or a synthetic model file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/patched_program.h"
#include "tests/support/rknn_examples.h"

namespace npuscope::testing {

// One record for one core (task 0); kernels split for two cores (tasks 1, 3), rows for three (5, 7,
// 9); barriers between.
inline constexpr const char* plain_shape = "b1_c32_h14_w14_oc128_wic32_k3x3_g1";
// Six records for one core, of which four are short; channel blocks and rows.
inline constexpr const char* short_shape = "b1_c64_h112_w112_oc64_wic1_k3x3_g64";
// Two records for one core, the second reuses the weights.
inline constexpr const char* reuse_shape = "b1_c64_h56_w56_oc64_wic64_k1x1_g1";
// With bias and residual: the DPU_RDMA runs.
inline constexpr const char* fused_shape = "b1_c32_h14_w14_oc64_wic32_k3x3_g1_bias_add";

struct ProgramCase {
  std::string rule;
  std::vector<std::string> also;
  std::function<void(PatchedProgram&)> trip, near;
  const char* shape = plain_shape;
};

// Changes of a model before it is written, of the file's bytes, and of what was read.
struct ModelChange {
  std::function<void(SyntheticModel&)> model;
  std::function<void(const Capture&, std::vector<std::byte>&)> bytes;
  std::function<void(Capture&)> capture;
};

struct ModelCase {
  std::string rule;
  std::vector<std::string> also;
  ModelChange trip, near;
};

[[nodiscard]] std::vector<ProgramCase> submit_cases();   // submit, trace, device
[[nodiscard]] std::vector<ProgramCase> task_cases();     // tasks, windows, links
[[nodiscard]] std::vector<ProgramCase> record_cases();   // registers of one task
[[nodiscard]] std::vector<ProgramCase> program_cases();  // addresses, tiles, bits
[[nodiscard]] std::vector<ModelCase> model_cases();

}  // namespace npuscope::testing
