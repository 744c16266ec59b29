#include "tests/support/synthetic_stream.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

namespace npuscope::testing {
namespace {

using Offsets = std::vector<std::uint16_t>;

void range(Offsets& offsets, std::uint16_t first, std::uint16_t last) {
  for (unsigned at = first; at <= last; at += 4) offsets.push_back(static_cast<std::uint16_t>(at));
}

// The groups of the format's description, written out.
Offsets prelude() {
  return {0x1040, 0x1104, 0x1100, 0x100c};
}

Offsets cna() {
  Offsets o{0x100c, 0x1010, 0x1014, 0x1020, 0x1024, 0x1028, 0x102c, 0x1030, 0x1034, 0x1038,
            0x1040, 0x1044, 0x104c, 0x1050, 0x1054, 0x1058, 0x105c, 0x1060, 0x1064, 0x1068,
            0x1070, 0x1074, 0x1078, 0x107c, 0x1080, 0x1084, 0x1088, 0x1100, 0x1104, 0x1110};
  range(o, 0x1140, 0x117c);
  o.insert(o.end(), {0x1180, 0x1184});
  return o;
}

Offsets core() {
  return {0x3010, 0x3014, 0x3018, 0x301c, 0x3030};
}

Offsets dpu() {
  Offsets o{0x400c, 0x4010, 0x4014, 0x4020, 0x4024, 0x4030, 0x4034, 0x4038, 0x403c, 0x4040,
            0x4044, 0x4048, 0x404c, 0x4050, 0x4054, 0x4058, 0x405c, 0x4060, 0x4064, 0x4068,
            0x406c, 0x4070, 0x4074, 0x4078, 0x407c, 0x4080, 0x4084, 0x4088};
  range(o, 0x4090, 0x40ac);
  o.insert(o.end(), {0x40c0, 0x40c4});
  range(o, 0x4100, 0x412c);
  return o;
}

Offsets rdma() {
  return {0x500c, 0x5010, 0x5014, 0x5018, 0x501c, 0x5020, 0x5028, 0x502c, 0x5034,
          0x5038, 0x5040, 0x5044, 0x5048, 0x504c, 0x5064, 0x5068, 0x506c};
}

Offsets pooling() {
  return {0x6004, 0x7004, 0x600c, 0x6010, 0x6014, 0x6018, 0x601c, 0x6020, 0x6024,
          0x6034, 0x6038, 0x603c, 0x6040, 0x6044, 0x6048, 0x6070, 0x607c, 0x6084,
          0x60dc, 0x700c, 0x7010, 0x7014, 0x701c, 0x7024, 0x7028, 0x7030};
}

Offsets join(std::initializer_list<Offsets> parts) {
  Offsets all;
  for (const Offsets& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Offsets short_convolution(std::initializer_list<std::uint16_t> more) {
  Offsets o{0x1070, 0x1084, 0x1088, 0x1110, 0x4020, 0x4058, 0x405c};
  o.insert(o.end(), more);
  std::sort(o.begin(), o.end());
  return join({prelude(), {0x4004}, o});
}

Offsets offsets_of(std::uint32_t amount) {
  const Offsets convolution = join({{0x4004}, cna(), core(), dpu()});
  switch (amount) {
    case 104:
      return convolution;
    case 106:
      return join({{0x1004, 0x3004}, convolution});
    case 108:
      return join({prelude(), convolution});
    case 122:
      return join({{0x4004, 0x5004}, cna(), core(), dpu(), rdma()});
    case 126:
      return join({prelude(), {0x4004, 0x5004}, cna(), core(), dpu(), rdma()});
    case 69:
      return join({{0x4004, 0x5004}, dpu(), rdma()});
    case 26:
      return pooling();
    case 12:
      return short_convolution({});
    case 13:
      return short_convolution({0x1040});
    case 16:
      return short_convolution({0x1020, 0x102c, 0x3014, 0x4034});
    case 17:
      return short_convolution({0x1020, 0x102c, 0x3014, 0x4034, 0x1040});
    case 19:
      return short_convolution({0x1010, 0x1020, 0x102c, 0x1040, 0x1068, 0x3014, 0x4034});
    case 56:
      return join({prelude(), {0x4004}, cna(), {0x4020, 0x4058, 0x405c}});
    case 58:
      return join({prelude(), {0x4004}, cna(), {0x3014, 0x4020, 0x4034, 0x4058, 0x405c}});
    case 9:
      return {0x4004, 0x5004, 0x4020, 0x4058, 0x405c, 0x5018, 0x5020, 0x502c, 0x5038};
    case 4:
      return {0x6004, 0x7004, 0x6070, 0x701c};
    case 8:
      return {0x6004, 0x7004, 0x600c, 0x6018, 0x6024, 0x6070, 0x700c, 0x701c};
    default:
      return {};
  }
}

std::uint32_t mask_of(std::uint32_t amount) {
  switch (amount) {
    case 122:
    case 126:
      return 0x1d;
    case 69:
    case 9:
      return 0x18;
    case 26:
    case 4:
    case 8:
      return 0x60;
    default:
      return 0x0d;
  }
}

// Targets by page, from the table of the format's description.
constexpr std::uint16_t target_of_page[] = {0x0101, 0x0201, 0x0401, 0x0801,
                                            0x1001, 0x2001, 0x4001, 0x8001};

void pad(std::vector<std::uint64_t>& words) {
  while (words.size() % 8 != 0) words.push_back(0);
}

}  // namespace

std::vector<Word> body_of(std::uint32_t amount, std::uint32_t seed) {
  std::vector<Word> body;
  for (const std::uint16_t offset : offsets_of(amount)) {
    std::uint32_t value = (offset + seed * 0x9e3779b9U) * 0x85ebca6bU >> 7U;
    if (value % 3 == 0) value = 0;
    if ((offset & 0xfffU) == 4) value = 0xe;
    body.push_back(Word::make(target_of_page[offset >> 12U], offset, value));
  }
  return body;
}

StreamRecord record_of(std::uint32_t amount, std::uint32_t seed, std::uint32_t op_idx) {
  StreamRecord record;
  record.body = body_of(amount, seed);
  record.enable_mask = mask_of(amount);
  record.op_idx = op_idx;
  return record;
}

StreamRecord same_as(std::size_t task, std::uint32_t op_idx) {
  StreamRecord record;
  record.same_as = task;
  record.op_idx = op_idx;
  return record;
}

Lanes lanes_of_one_layer() {
  Lanes lanes(6);
  std::uint32_t seed = 0;
  const auto add = [&](std::size_t lane, std::uint32_t amount, std::uint32_t group) {
    lanes[lane].push_back(record_of(amount, ++seed));
    lanes[lane].back().group = group;
  };
  add(0, 108, 0);
  add(0, 108, 0);
  for (const std::size_t lane : {1U, 2U}) {
    add(lane, 104, 1);
    add(lane, 104, 1);
    add(lane, 26, 0);
  }
  for (const std::size_t lane : {3U, 4U, 5U}) {
    add(lane, 104, 2);
    add(lane, 26, 0);
  }
  return lanes;
}

Lanes lanes_of_unsplittable_layer() {
  return {{record_of(108, 1)}, {same_as(0)}, {same_as(0)}};
}

Lanes lanes_with_shared_records() {
  Lanes lanes(6);
  lanes[0] = {record_of(108, 1, 1), record_of(108, 2, 1), record_of(69, 3, 2),
              record_of(108, 4, 3)};
  std::uint32_t seed = 10;
  for (const std::size_t lane : {1U, 2U, 3U, 4U, 5U}) {
    const std::uint32_t group = lane < 3 ? 1 : 2;
    lanes[lane] = {record_of(104, ++seed, 1), record_of(26, ++seed, 1)};
    // The layer in the middle is not split: the first core of each program runs it alone.
    if (lane == 1 || lane == 3) lanes[lane].push_back(same_as(2, 2));
    lanes[lane].push_back(record_of(104, ++seed, 3));
    lanes[lane].push_back(record_of(26, ++seed, 3));
    for (StreamRecord& record : lanes[lane]) record.group = record.body.size() == 104 ? group : 0;
  }
  return lanes;
}

Lanes lanes_of_older_runtime() {
  constexpr std::uint32_t cores[] = {0, 1, 2, 0, 1, 0, 1, 2};
  constexpr std::size_t lengths[] = {4, 4, 4, 4, 2, 4, 2, 2};
  Lanes lanes(8);
  std::uint32_t seed = 0;
  for (std::size_t lane = 0; lane < 8; ++lane) {
    for (std::size_t i = 0; i < lengths[lane]; ++i) {
      StreamRecord record = record_of(i == 0 ? 106 : 69, ++seed, 1 + static_cast<unsigned>(i));
      for (Word& word : record.body) {
        if (word.offset() == 0x1004 || word.offset() == 0x3004)
          word = Word::make(word.target(), word.offset(), 0x0e | cores[lane] << 28U);
      }
      record.group = lane < 3 ? 0 : lane < 5 ? 1 : 2;
      lanes[lane].push_back(std::move(record));
    }
  }
  return lanes;
}

Lanes lanes_with_short_records() {
  Lanes lanes(6);
  std::uint32_t seed = 100;
  for (const std::uint32_t amount : {108U, 108U, 12U, 13U, 16U, 17U, 19U, 12U, 56U, 58U})
    lanes[0].push_back(record_of(amount, ++seed));
  for (const std::size_t lane : {1U, 2U, 3U, 4U, 5U})
    lanes[lane] = {record_of(104, ++seed), record_of(26, ++seed)};
  return lanes;
}

std::vector<std::byte> bytes_of(const std::vector<Task>& tasks) {
  const auto bytes = std::as_bytes(std::span(tasks));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> bytes_of(const std::vector<std::uint64_t>& words) {
  const auto bytes = std::as_bytes(std::span(words));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> SyntheticStream::bytes() const {
  return bytes_of(words);
}

SyntheticStream SyntheticStream::placed(std::uint64_t address) const {
  SyntheticStream result = *this;
  std::vector<bool> done(words.size(), false);
  for (Task& task : result.tasks) {
    const std::size_t tail = task.regcmd_addr / 8 + task.regcfg_amount;
    const Word link{words[tail]};
    if (link.raw != 0 && !done[tail]) {
      result.words[tail] = link_word(static_cast<std::uint32_t>(link.value() + address)).raw;
      done[tail] = true;
    }
    task.regcmd_addr += address;
  }
  return result;
}

SyntheticStream lay_out(const Lanes& lanes) {
  SyntheticStream stream;
  std::vector<std::uint64_t> tails;  // index of the tail of each task
  // Bodies first: every address is then known.
  for (const auto& lane : lanes) {
    stream.lanes.push_back(lane.size());
    for (const StreamRecord& record : lane) {
      Task task;
      if (record.same_as) {
        task = stream.tasks.at(*record.same_as);
      } else {
        task = vendor_task(8 * stream.words.size(), static_cast<std::uint32_t>(record.body.size()),
                           record.enable_mask);
        for (const Word word : record.body) stream.words.push_back(word.raw);
        stream.words.insert(stream.words.end(), 4, 0);
        pad(stream.words);
      }
      task.op_idx = record.op_idx;
      stream.tasks.push_back(task);
    }
  }
  // Tails: a link to the lane's next record of its own, amounts in beats of two words, minus one.
  std::size_t first = 0;
  for (const auto& lane : lanes) {
    for (std::size_t i = 0; i < lane.size(); ++i) {
      if (lane[i].same_as) continue;
      const Task& task = stream.tasks[first + i];
      std::size_t next = i + 1;
      while (next < lane.size() && lane[next].same_as) ++next;
      const bool ends = next >= lane.size() || lane[i].ends_chain;
      const Task target = ends ? Task{} : stream.tasks[first + next];
      const std::size_t tail = task.regcmd_addr / 8 + task.regcfg_amount;
      stream.words[tail] = ends ? 0 : link_word(static_cast<std::uint32_t>(target.regcmd_addr)).raw;
      const std::uint32_t beats = ends ? 0 : (target.regcfg_amount + 5) / 2 - 1;
      stream.words[tail + 1] = amounts_word((ends ? 0 : lane[i].group << 16U) | beats).raw;
      stream.words[tail + 2] = marker_word().raw;
      stream.words[tail + 3] = enable_word(task.enable_mask).raw;
    }
    first += lane.size();
  }
  return stream;
}

std::size_t add_buffer(Capture& capture, std::string name, std::vector<std::byte> bytes,
                       std::optional<std::uint64_t> device_address, std::uint64_t from) {
  auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  Buffer buffer;
  buffer.name = std::move(name);
  buffer.size = from + owner->size();
  buffer.device_address = device_address;
  if (device_address) buffer.address_source = "stated by the test";
  buffer.place.file = "synthetic";
  if (!owner->empty()) buffer.pieces.push_back({from, std::span(*owner)});
  capture.buffers.push_back(std::move(buffer));
  capture.storage.push_back(std::move(owner));
  return capture.buffers.size() - 1;
}

Capture capture_of(const SyntheticStream& stream, const Placement& placement) {
  Capture capture;
  capture.source = "synthetic";
  capture.kind = "synthetic capture";
  const SyntheticStream placed = stream.placed(placement.base + placement.stream_offset);
  if (placement.with_table) {
    auto table = bytes_of(placed.tasks);
    table.resize(4096);
    add_buffer(capture, "GEM 1", std::move(table),
               placement.state_address ? std::optional<std::uint64_t>(0xfff9f000) : std::nullopt);
  }
  std::vector<std::uint64_t> constants(placement.stream_offset / 8);
  for (std::size_t i = 0; i < constants.size(); ++i)
    constants[i] = 0x3c00bc00be01bf01U * (i + 1) | 0x0002000000000001U;  // half-precision look
  if (placement.weights_like_commands && constants.size() > 64) {
    const std::vector<Word> body = body_of(26, 7);
    for (std::size_t i = 0; i < body.size(); ++i) constants[8 + i] = body[i].raw;
    constants[8 + body.size() + 2] = marker_word().raw;
    constants[8 + body.size() + 3] = enable_word(0x60).raw;
  }
  auto bytes = bytes_of(constants);
  const auto words = placed.bytes();
  bytes.insert(bytes.end(), words.begin(), words.end());
  if (placement.with_table_copy) {
    const auto copy = bytes_of(stream.tasks);
    bytes.insert(bytes.end(), copy.begin(), copy.end());
  }
  bytes.resize((bytes.size() + 63) / 64 * 64);
  add_buffer(capture, "GEM 2", std::move(bytes),
             placement.state_address ? std::optional(placement.base) : std::nullopt);
  return capture;
}

Capture capture_of(const Lanes& lanes, const Placement& placement) {
  return capture_of(lay_out(lanes), placement);
}

Capture capture_of_words(const std::vector<std::uint64_t>& words, Trust trust) {
  Capture capture;
  capture.source = "synthetic";
  add_buffer(capture, "words", bytes_of(words));
  capture.buffers.back().trust = trust;
  return capture;
}

Task vendor_task(std::uint64_t address, std::uint32_t amount, std::uint32_t enable_mask,
                 std::uint32_t op_idx) {
  Task task;
  task.op_idx = op_idx;
  task.enable_mask = enable_mask;
  task.int_mask = enable_mask == 0x60 ? 0xc00 : 0x300;
  task.int_clear = 0x1ffff;
  task.regcfg_amount = amount;
  task.regcmd_addr = address;
  return task;
}

std::string lanes_text(const ProgramSet& set) {
  std::string text;
  for (const Program& program : set.programs) {
    if (!text.empty()) text += '|';
    for (std::size_t i = 0; i < program.lanes.size(); ++i) {
      if (i > 0) text += '+';
      text += std::to_string(program.lanes[i].count);
    }
  }
  return text;
}

}  // namespace npuscope::testing
