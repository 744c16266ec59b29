// Binary dumps of memory objects, one file each, and the lossy gem<N>_regdump.bin beside them.
// A file name gives labels only; what an object is shows in its content.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "decoder/input/embedded_model.h"
#include "decoder/input/read_input.h"
#include "decoder/input/regdump.h"
#include "decoder/input/scan.h"
#include "decoder/model.h"
#include "decoder/word.h"

namespace npuscope {

namespace {

std::string_view file_part(std::string_view path) {
  const std::size_t slash = path.find_last_of("/:");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// "gem2-dump", "gem2.bin", "gem2_regdump.bin" -> 2.
std::optional<std::uint32_t> gem_of_name(std::string_view name) {
  Scanner scan(file_part(name));
  if (!scan.literal("gem") && !scan.literal("GEM")) return std::nullopt;
  const auto number = scan.decimal();
  if (!number || *number > 0xffffffffU) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

Buffer& add_buffer(Capture& capture, const FileBytes& file) {
  Buffer buffer;
  buffer.name = file_part(file.name);
  buffer.gem = gem_of_name(file.name);
  buffer.size = file.bytes.size();
  buffer.place = {file.name, 0, false};
  capture.buffers.push_back(std::move(buffer));
  return capture.buffers.back();
}

// A vendor model that the runtime has copied into an object: the object then *is* the model file.
void attach_model(Capture& capture, Buffer& buffer, const FileBytes& file) {
  for_each_embedded_model(file, [&](const EmbeddedModel& found) {
    if (!found.capture) {
      capture.note("looks like a model file but is none: " + found.problem,
                   {file.name, found.offset, false});
      return true;
    }
    buffer.role = BufferRole::model;
    buffer.role_reason = fmt::format("a model file lies at {:#x}", found.offset);
    if (!capture.model && found.capture->model) {
      // Its regcmd and task buffers are not buffers of this capture.
      auto linked = std::make_shared<Model>(*found.capture->model);
      linked->regcmd_buffer.reset();
      linked->task_buffer.reset();
      capture.model = std::move(linked);
      capture.original = found.file.bytes;
    }
    return false;
  });
}

void add_raw(Capture& capture, const FileBytes& file) {
  Buffer& buffer = add_buffer(capture, file);
  if (!file.bytes.empty()) buffer.pieces.push_back({0, file.bytes});
  capture.storage.push_back(file.owner);
  if (file.bytes.size() % 8 != 0) {
    capture.note(fmt::format("{} bytes are no whole number of words: the last {} bytes stand alone",
                             file.bytes.size(), file.bytes.size() % 8),
                 {file.name, file.bytes.size() & ~std::size_t{7}, false});
  }
  attach_model(capture, buffer, file);
}

std::vector<Word> nonzero_words(std::span<const std::byte> bytes) {
  std::vector<Word> words;
  const WordView view(bytes);
  for (std::size_t i = 0; i < view.size(); ++i) {
    if (view[i].raw != 0) words.push_back(view[i]);
  }
  return words;
}

// Offsets and values of the dump against the raw dump of the same object. Its marker words are
// all zero in the file, so they are compared after restoring.
void compare_with_raw(Capture& capture, const Regdump& dump, const FileBytes& file,
                      const FileBytes& raw) {
  const std::vector<Word> expected = nonzero_words(raw.bytes);
  std::vector<Word> words = dump.words;
  if (words.size() != expected.size()) std::erase_if(words, [](Word w) { return w.raw == 0; });
  const std::size_t common = std::min(words.size(), expected.size());
  std::uint64_t offsets = 0;
  std::uint64_t values = 0;
  for (std::size_t i = 0; i < common; ++i) {
    offsets += words[i].offset() == expected[i].offset();
    values += words[i].value() == expected[i].value();
  }
  const Place place{file.name, 0, false};
  const std::string key = "regdump." + std::string(file_part(file.name));
  capture.facts.push_back(
      {key + ".offsets_equal", fmt::format("{} of {}", offsets, expected.size()), place});
  capture.facts.push_back(
      {key + ".values_equal", fmt::format("{} of {}", values, expected.size()), place});
  if (offsets != expected.size() || values != expected.size()) {
    capture.warn(fmt::format("of {} words of {}, {} have the same offset here and {} the same "
                             "value; the raw dump is used",
                             expected.size(), file_part(raw.name), offsets, values),
                 place);
  }
}

void keep_targets_and_offsets(Capture& capture, const Regdump& dump, const FileBytes& file) {
  for (std::size_t i = 0; i < dump.words.size(); ++i) {
    capture.events.push_back({"regdump.word",
                              {{"target", fmt::format("{:#06x}", dump.words[i].target())},
                               {"offset", fmt::format("{:#06x}", dump.words[i].offset())}},
                              {file.name, 8 * i, false}});
  }
}

void add_regdump(Capture& capture, const FileBytes& file, const FileBytes* raw) {
  Buffer& buffer = add_buffer(capture, file);
  buffer.trust = Trust::lossy;
  const Regdump dump = restore_regdump(file.bytes);
  const Place place{file.name, 0, false};
  if (raw) compare_with_raw(capture, dump, file, *raw);
  if (dump.constant_value) {
    capture.warn(fmt::format("every value of this register dump is {:#010x}: the values are "
                             "rejected, targets and offsets are kept",
                             *dump.constant_value),
                 place);
    keep_targets_and_offsets(capture, dump, file);
    return;
  }
  // Beside the raw dump it would be a second source of the same bytes.
  if (raw) return;
  auto owner = std::make_shared<const std::vector<Word>>(dump.words);
  if (!owner->empty()) buffer.pieces.push_back({0, std::as_bytes(std::span(*owner))});
  capture.storage.push_back(std::move(owner));
  capture.note(fmt::format("register dump: {} targets restored; zero words may be missing, so "
                           "positions of words are not those of the object",
                           dump.restored_targets),
               place);
}

}  // namespace

Result<Capture> read_raw_gems(const std::vector<FileBytes>& files, const std::string& source) {
  Capture capture;
  capture.source = source;
  capture.kind = files.size() == 1 ? "GEM dump" : "GEM directory";
  std::map<std::uint32_t, const FileBytes*> raw_of_gem;
  std::vector<const FileBytes*> regdumps;
  for (const FileBytes& file : files) {
    if (file.bytes.empty()) {
      return unreadable("the file is empty", file.name, "dump the object again");
    }
    if (is_regdump(file.bytes)) {
      regdumps.push_back(&file);
      continue;
    }
    add_raw(capture, file);
    if (const auto gem = gem_of_name(file.name)) raw_of_gem.emplace(*gem, &file);
  }
  for (const FileBytes* file : regdumps) {
    const auto gem = gem_of_name(file->name);
    const auto raw = gem ? raw_of_gem.find(*gem) : raw_of_gem.end();
    add_regdump(capture, *file, raw == raw_of_gem.end() ? nullptr : raw->second);
  }
  return capture;
}

}  // namespace npuscope
