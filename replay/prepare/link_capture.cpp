#include "replay/prepare/link_capture.h"

#include <fmt/format.h>

#include <algorithm>

#include "decoder/device_memory.h"

namespace npuscope {

namespace {

// Known bytes, with zeros between them.
std::vector<std::byte> content_of(const Buffer& buffer) {
  std::vector<std::byte> content;
  for (const Piece& piece : buffer.pieces) {
    if (piece.end() > buffer.size) break;
    content.resize(piece.offset);
    content.insert(content.end(), piece.bytes.begin(), piece.bytes.end());
  }
  return content;
}

std::optional<std::uint64_t> address_of(const ProgramSet& set, const Buffer& buffer,
                                        std::size_t index) {
  if (buffer.device_address) return buffer.device_address;
  if (index == set.stream_buffer && set.base != 0) return set.base;
  return std::nullopt;
}

Result<void> check_record(const Capture& capture, const ProgramSet& set, std::size_t task) {
  const Record* record = set.record_of(task);
  if (record != nullptr && record->known_words() >= record->body_words) return {};
  return unreadable(fmt::format("task {}: its record was not captured completely", task),
                    capture.source, "another capture of the program may have it");
}

}  // namespace

std::size_t submitted_set(const Opened& opened) {
  const Capture& capture = opened.capture;
  for (const Submit& submit : capture.submits)
    for (std::size_t s = 0; submit.task_obj_addr && s < opened.sets.size(); ++s) {
      const std::size_t table = opened.sets[s].table_buffer;
      if (table < capture.buffers.size() &&
          capture.buffers[table].object_address == submit.task_obj_addr)
        return s;
    }
  return 0;
}

unsigned submitted_cores(const Opened& opened) {
  const std::size_t set = submitted_set(opened);
  if (set >= opened.sets.size()) return 1;
  const auto& programs = opened.sets[set].programs;
  const auto found = std::ranges::find_if(programs, &Program::submitted);
  return found == programs.end() ? 1 : found->cores;
}

Result<Image> link_capture(const Opened& opened, unsigned cores,
                           std::optional<std::size_t> wanted_set) {
  const Capture& capture = opened.capture;
  const std::size_t set_index = wanted_set.value_or(submitted_set(opened));
  if (set_index >= opened.sets.size())
    return wrong_usage(fmt::format("{}: no program was found", capture.source));
  const ProgramSet& set = opened.sets[set_index];
  const Program* program = set.program_for(cores);
  if (program == nullptr || program->task_count() == 0)
    return wrong_usage(fmt::format("{}: there is no program for {} core{}", capture.source, cores,
                                   cores == 1 ? "" : "s"),
                       "`npuscope info` lists the programs: --cores takes their number of cores");
  Image image;
  image.cores = cores;
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    const Buffer& buffer = capture.buffers[i];
    const auto address = address_of(set, buffer, i);
    if (i == set.stream_buffer && !address)
      return wrong_usage(
          fmt::format("{}: the device address of \"{}\" is not known", capture.source, buffer.name),
          "give a capture that holds its task table");
    if (!address || buffer.size == 0) continue;
    if (*address >= address_space_bytes || buffer.size > address_space_bytes - *address)
      return unreadable(
          fmt::format("buffer \"{}\" lies outside the 4 GiB that the NPU can address", buffer.name),
          capture.source);
    image.buffers.push_back({buffer.name, buffer.role, static_cast<std::uint32_t>(*address),
                             buffer.size, content_of(buffer)});
  }
  std::ranges::sort(image.buffers, {}, &ImageBuffer::address);
  for (const Lane& lane : program->lanes) {
    sim::CoreTasks tasks{lane.core, {}, 0};
    for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
      if (auto complete = check_record(capture, set, t); !complete)
        return tl::unexpected(complete.error());
      tasks.tasks.push_back(set.tasks[t].task);
    }
    image.lanes.push_back(std::move(tasks));
  }
  return image;
}

Result<Image> link_program(const Opened& opened, unsigned cores, const ModelPlaces& places) {
  const bool relocatable = opened.capture.model && !opened.sets.empty() && opened.sets[0].relative;
  if (!relocatable) return link_capture(opened, cores);
  auto linked = link_model(opened, cores, places);
  if (!linked) return tl::unexpected(linked.error());
  return std::move(linked->image);
}

}  // namespace npuscope
