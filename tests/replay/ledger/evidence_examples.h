// One entry of each kind, with every member set.
#pragma once

#include "replay/ledger/evidence.h"

namespace npuscope::ledger::testing {

inline constexpr char shape[] = "b1_c64_h56_w56_oc128_wic64_k1x1_g1";

inline Source source(const std::string& name) {
  return {name, "99aa06d3014798d86001c324468d497f", "line 3", "owner/repository:a/b at 40fae7b"};
}

inline Entry capture() {
  CaptureEvidence evidence{.kind = "live log",
                           .content = "00000000000000000000000000000001",
                           .compiler = "2.3.2",
                           .runtime = "2.3.0",
                           .driver = "0.9.8",
                           .in_network = true,
                           .unit = Unit::fields,
                           .program = "00000000000000000000000000000002",
                           .programs = {{1, 224, 3, {1, 2, 3, 4, 5, 6, 7, 8}}, {2, 492, 0, {}}},
                           .one_core_tasks = 2,
                           .ran_tasks = 0,
                           .faults = {"torn", "\xff"}};
  return {shape, source("capture.log"), evidence};
}

inline Entry simulation() {
  return {shape, source("sweep.jsonl"),
          SimulationEvidence{.program = "00000000000000000000000000000002",
                             .status = "pass",
                             .reason = "",
                             .seed = 42,
                             .absolute = 0.12,
                             .relative = 0.02,
                             .max_diff = 0.0155852046}};
}

inline Entry run() {
  return {shape, source("runs.jsonl"),
          RunEvidence{.program = "00000000000000000000000000000002",
                      .cores = 1,
                      .result = RunResult::pass,
                      .reason = "none",
                      .ran_tasks = 2,
                      .values = "max_diff 0.0 from an f64 reference",
                      .max_diff = 0.0,
                      .health_before = "well",
                      .health_after = "well",
                      .device = "rknpu",
                      .driver = "0.9.8",
                      .boot = "b0",
                      .date = "2026-11-21T10:00:00Z",
                      .overridden = {"KABI-L29"},
                      .submit = {{"flags", "5"}, {"core_mask", "0"}}}};
}

inline Entry report() {
  return {shape, source("old.log"),
          ReportEvidence{.name = "conv2d_x",
                         .campaign = "old.log",
                         .status = "FENCED",
                         .text = "depthwise BY_K closure is unfenced without DEPTHWISE_BODY_SHAPES",
                         .max_diff = 1e-300,
                         .fence = Fence{FenceCause::not_in_table, "kernels", "depthwise"}}};
}

}  // namespace npuscope::ledger::testing
