// Opens model files and byte vectors in tests.
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "decoder/input/read_input.h"
#include "decoder/model.h"

namespace npuscope::testing {

inline FileBytes as_file(std::vector<std::byte> bytes, std::string name = "test.rknn") {
  auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  return {std::move(name), owner, std::span(*owner)};
}

inline FileBytes load_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto bytes = std::as_bytes(std::span(text));
  return as_file({bytes.begin(), bytes.end()}, path);
}

inline const Buffer& regcmd_of(const Capture& capture) {
  return capture.buffers.at(*capture.model->regcmd_buffer);
}
inline const Buffer& tasks_of(const Capture& capture) {
  return capture.buffers.at(*capture.model->task_buffer);
}

}  // namespace npuscope::testing
