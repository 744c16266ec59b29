// A capture with a value in every member, odd ones where possible.
#pragma once

#include "tests/decoder/input/text_helpers.h"

namespace npuscope::testing {

inline Capture with_everything() {
  Capture capture;
  capture.source = "odd \xff name";
  capture.kind = "made \"by hand\"\n";
  FileBytes bytes = in_memory(std::string("0123456789abcdef"));
  Buffer buffer;
  buffer.name = std::string("a\0b", 3);
  buffer.gem = 0;
  buffer.handle = 0xffffffff;
  buffer.role = BufferRole::internal;
  buffer.role_reason = "why not";
  buffer.device_address = ~std::uint64_t{0};
  buffer.address_source = "x:1";
  buffer.object_address = 0xffffff8102fc0400;
  buffer.flags = 0x403;
  buffer.size = 0x10000000000;
  buffer.exact_size = 0xffffffffffffffff;
  buffer.trust = Trust::filtered;
  buffer.place = {"", 7, false};
  buffer.pieces = {{0, bytes.bytes.first(4)}, {5, bytes.bytes.subspan(8, 4)}};
  capture.buffers.push_back(buffer);
  capture.buffers.emplace_back();
  capture.buffers.back().pieces = {{1, bytes.bytes}};
  capture.buffers.back().size = 17;
  capture.storage.push_back(bytes.owner);
  Submit submit;
  submit.flags = 5;
  submit.timeout = 6000;
  submit.task_start = 0;
  submit.task_number = 0xffffffff;
  submit.task_counter = 1;
  submit.core_mask = 7;
  submit.priority = -1;
  submit.fence_fd = std::int64_t{1} << 40U;
  submit.task_obj_addr = ~std::uint64_t{0};
  submit.regcfg_obj_addr = 0;
  submit.task_base_addr = 1;
  submit.user_data = 2;
  submit.subcore[1] = {3, 4};
  submit.place = {capture.source, 3, true};
  capture.submits = {Submit{}, submit};
  capture.events = {
      {"MEM_CREATE", {{"size", "1"}, {"size", "2"}, {"", "\xfe"}}, {"other", 1, true}},
      {"", {}, {capture.source, 0, true}},
      {"later", {}, {capture.source, 9, true}}};
  capture.facts = {{"a", "b", {}}, {"a", "c", {capture.source, 0, false}}};
  capture.sweep = {{"PASS", "shape", "one\ntwo", {"x", 1, true}}};
  capture.named_writes = {{"CNA_DCOMP_REGNUM", "0x0", {"x", 2, true}}};
  capture.lines = {{"hex row", 0x1fffffffffffff}, {"other", 0}};
  capture.diagnostics = {{Severity::warning, "careful", {"x", 3, false}}, {Severity::note, "", {}}};
  return capture;
}

}  // namespace npuscope::testing
