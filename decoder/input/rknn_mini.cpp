#include "decoder/input/rknn_mini.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace npuscope {
namespace {

constexpr std::uint64_t header_bytes = 0x40;

constexpr std::uint64_t align64(std::uint64_t bytes) {
  return (bytes + record_alignment - 1) & ~(record_alignment - 1);
}

// Six numbers at the start of the payload. Meanings inferred from two public files.
struct MiniHeader {
  std::uint32_t graph_bytes, task_bytes, task_count, regcmd_bytes, weight_bytes, internal_bytes;
};

}  // namespace

Result<Capture> read_rknn_mini(const FileBytes& file, const RknnContainer& box) {
  const auto damaged = [&](std::string what) { return unreadable(std::move(what), file.name); };
  const std::uint64_t size = box.payload.size();
  if (size < header_bytes) return damaged("the payload is too short for its header of 64 bytes");
  MiniHeader header{};
  std::memcpy(&header, box.payload.data(), sizeof header);
  const std::uint64_t table_bytes = std::uint64_t{task_bytes} * header.task_count;
  const std::uint64_t regcmd_at = header_bytes + align64(header.task_bytes);
  if (table_bytes > header.task_bytes || regcmd_at > size ||
      header.regcmd_bytes > size - regcmd_at) {
    return damaged(
        fmt::format("{} tasks and {} command bytes do not fit into the payload of {} bytes",
                    header.task_count, header.regcmd_bytes, size));
  }
  auto model = std::make_shared<Model>();
  model->container_version = box.version;
  model->platform = platform_of_json(box.json);
  model->json = box.json;
  model->weight_bytes = header.weight_bytes;
  model->internal_bytes = header.internal_bytes;
  model->task_buffer = 0;
  model->regcmd_buffer = 1;

  Capture capture;
  capture.source = file.name;
  capture.kind = "rknn model (container 0x1004)";
  const std::uint64_t base = box.payload_offset;
  const auto add = [&](std::string name, BufferRole role, std::uint64_t at, std::uint64_t bytes) {
    capture.buffers.push_back(buffer_of(file, std::move(name), role, {base + at, bytes}));
  };
  add("task", BufferRole::task_table, header_bytes, table_bytes);
  add("regcmd", BufferRole::commands, regcmd_at, header.regcmd_bytes);
  const std::uint64_t rest = regcmd_at + header.regcmd_bytes;
  if (rest < size) add("graph and weights", BufferRole::unknown, rest, size - rest);
  add_facts(capture, file, *model);
  capture.storage.push_back(file.owner);
  capture.model = std::move(model);
  return capture;
}

}  // namespace npuscope
