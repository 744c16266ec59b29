#include "decoder/emit/dump_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "decoder/device_memory.h"
#include "decoder/emit/emit_format.h"

namespace npuscope {

namespace {

constexpr std::size_t group_bytes = 4, row_bytes = 16;
constexpr std::uint64_t most_dump_bytes = std::uint64_t{1} << 30U;
constexpr std::size_t most_single_zero_rows = 4;  // as dump.py prints them

// A number for each buffer, none twice.
std::vector<std::uint32_t> numbers_of(const Capture& capture) {
  std::set<std::uint32_t> taken;
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    const Buffer& buffer = capture.buffers[i];
    std::uint32_t number =
        buffer.gem.value_or(buffer.handle.value_or(static_cast<std::uint32_t>(i + 1)));
    while (!taken.insert(number).second) ++number;
    numbers.push_back(number);
  }
  return numbers;
}

class HexRows {
 public:
  explicit HexRows(Sink& sink) : sink_(sink) {}

  void piece(const Piece& piece) {
    auto bytes = piece.bytes;
    std::uint64_t offset = piece.offset;
    const std::size_t begin =
        std::min<std::size_t>(bytes.size(), (group_bytes - offset % group_bytes) % group_bytes);
    left_out_ += begin;
    bytes = bytes.subspan(begin);
    offset += begin;
    left_out_ += bytes.size() % group_bytes;
    bytes = bytes.first(bytes.size() - bytes.size() % group_bytes);
    while (!bytes.empty()) {
      const std::size_t zero = zero_rows(bytes);
      if (zero > most_single_zero_rows) {
        row(offset, bytes.first(row_bytes));
        sink_.put(fmt::format("... {} blocks ({} bytes) from 0x{:08x} to 0x{:08x} are all zeros\n",
                              zero, zero * row_bytes, offset, offset + zero * row_bytes - 1));
        bytes = bytes.subspan(zero * row_bytes);
        offset += zero * row_bytes;
        continue;
      }
      const std::size_t count = std::min(row_bytes, bytes.size());
      row(offset, bytes.first(count));
      bytes = bytes.subspan(count);
      offset += count;
    }
  }
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

 private:
  static std::size_t zero_rows(std::span<const std::byte> bytes) {
    const auto end = std::ranges::find_if(bytes, [](std::byte b) { return b != std::byte{}; });
    return static_cast<std::size_t>(end - bytes.begin()) / row_bytes;
  }
  void row(std::uint64_t offset, std::span<const std::byte> bytes) {
    std::string line = fmt::format("[{:08x}] =", offset);
    for (std::size_t at = 0; at < bytes.size(); at += group_bytes) {
      std::uint32_t group = 0;
      std::memcpy(&group, bytes.data() + at, group_bytes);
      line += fmt::format(" {:08x}", group);
    }
    sink_.put(line + "\n");
  }

  Sink& sink_;
  std::uint64_t left_out_ = 0;
};

void write_task(std::uint64_t offset, std::size_t index, const Task& task, Sink& sink) {
  const std::array<std::pair<const char*, std::uint32_t>, 8> fields{
      {{"flags", task.flags},
       {"op_idx", task.op_idx},
       {"enable_mask", task.enable_mask},
       {"int_mask", task.int_mask},
       {"int_clear", task.int_clear},
       {"int_status", task.int_status},
       {"regcfg_amount", task.regcfg_amount},
       {"regcfg_offset", task.regcfg_offset}}};
  sink.put(fmt::format("Task {} @ offset 0x{:04x}\n", index, offset));
  for (const auto& [name, value] : fields)
    sink.put(fmt::format("  {:<13}: {} (0x{:08x})\n", name, value, value));
  sink.put(fmt::format("  {:<13}: 0x{:016x}\n\n", "regcmd_addr", task.regcmd_addr));
}

}  // namespace

Result<std::vector<DumpFile>> raw_dumps(const Capture& capture) {
  const auto numbers = numbers_of(capture);
  std::vector<DumpFile> files;
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    const Buffer& buffer = capture.buffers[i];
    if (buffer.pieces.empty()) continue;
    DumpFile file{fmt::format("gem{}-dump", numbers[i]), {}, 0};
    // A size that is only stated sizes no file beyond what is known and one page.
    const std::uint64_t known = buffer.pieces.back().end();
    const std::uint64_t size = std::max(known, std::min(buffer.size, whole_pages(known)));
    if (size > most_dump_bytes)
      return unreadable(
          fmt::format("{}: known bytes up to {:#x} are more than a raw dump of ours holds",
                      buffer.name, known),
          capture.source, "convert it to a bundle");
    file.bytes.resize(static_cast<std::size_t>(size));
    file.unknown = file.bytes.size();
    for (const Piece& piece : buffer.pieces) {
      std::memcpy(file.bytes.data() + piece.offset, piece.bytes.data(), piece.bytes.size());
      file.unknown -= piece.bytes.size();
    }
    files.push_back(std::move(file));
  }
  return files;
}

std::uint64_t write_hex_rows(const Capture& capture, Sink& sink) {
  const auto numbers = numbers_of(capture);
  HexRows rows(sink);
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    const Buffer& buffer = capture.buffers[i];
    if (buffer.pieces.empty()) continue;
    sink.put(fmt::format("gem flink {}: ret=0 handle={} size={}\n", numbers[i],
                         buffer.handle.value_or(numbers[i]), buffer.size));
    for (const Piece& piece : buffer.pieces) rows.piece(piece);
  }
  return rows.left_out();
}

void write_task_report(const Opened& opened, Sink& sink) {
  const auto numbers = numbers_of(opened.capture);
  for (const ProgramSet& set : opened.sets) {
    if (set.table_buffer == no_index) continue;
    sink.put(fmt::format("Decoded rknpu_task entries for GEM {}\n", numbers[set.table_buffer]));
    for (std::size_t i = 0; i < set.tasks.size(); ++i)
      write_task(set.table_offset + i * task_bytes, i, set.tasks[i].task, sink);
  }
}

void write_emit_lines(const Opened& opened, const RegisterDb& db, Sink& sink) {
  const EmitFormat format(db);
  for (const ProgramSet& set : opened.sets)
    for (const Record& record : set.records)
      record.for_each_word([&](std::size_t index, Word word) {
        char* out = sink.room(format.max_line());
        sink.used(format.write_line(out, set.base + record.at.offset + 8 * index, word));
      });
}

}  // namespace npuscope
