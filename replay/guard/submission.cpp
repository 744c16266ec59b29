#include "replay/guard/submission.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "decoder/device_memory.h"
#include "replay/device/rknpu_submit.h"
#include "replay/device/uabi/rknpu.h"

namespace npuscope::guard {

namespace {

bool is_output(const ImageBuffer& buffer) {
  return buffer.role == BufferRole::output;
}

// What a job may write: everything but what is known to be commands, constants or inputs.
bool is_written(BufferRole role) {
  return role == BufferRole::output || role == BufferRole::internal || role == BufferRole::unknown;
}

class Loader {
 public:
  Loader(const Device& device, const ReplayProgram& program, const LoadOptions& options)
      : device_(device), options_(options) {
    made_.program = program;
    made_.buffers.resize(program.image.buffers.size());
  }

  Result<Submission> load() {
    if (auto loaded = load_all(); !loaded) {
      free_all(device_, made_);
      return tl::unexpected(loaded.error());
    }
    return std::move(made_);
  }

 private:
  Result<void> load_all() {
    if (options_.vendor_sequence) return load_as_vendor();
    if (auto table = allocate_table(); !table) return table;
    for (const std::size_t i : order())
      if (auto buffer = allocate(i); !buffer) return buffer;
    if (auto moved = move(); !moved) return moved;
    write_contents();
    make_job();
    return hand_over();
  }

  // As librknnrt 2.3.0 loads a model and prepares a run (KABI 9.1): weights and table are written
  // and handed over before the rest is allocated; words with addresses follow when all are known,
  // and of the weights only the commands are handed over again, in front of the input and behind.
  Result<void> load_as_vendor() {
    made_.vendor_sequence = true;
    greet_as_vendor();
    if (auto table = allocate_table(); !table) return table;
    for (const std::size_t i : order()) {
      if (auto buffer = allocate(i); !buffer) return buffer;
      if (!holds_commands(i)) continue;
      write_buffer(i);
      if (auto synced = to_device(made_.buffers[i]); !synced) return synced;
      device_.ask(uabi::rknpu::get_drv_version, 0);
      write_table(table_at(made_.program, addresses()));
      if (auto synced = to_device(made_.job.table); !synced) return synced;
    }
    if (auto moved = move(); !moved) return moved;
    // No canary: the vendor's runtime hands no output over, and a dirty line of ours could be
    // written back over what the device wrote.
    for (std::size_t i = 0; i < made_.buffers.size(); ++i) {
      if (holds_commands(i)) {
        write_addresses(i);
      } else if (is_filled(i)) {
        write_buffer(i);
      }
    }
    make_job();
    return hand_over_as_vendor();
  }

  // POWER_ON is refused by driver 0.9.8 (KABI 1.6), and nobody minds.
  void greet_as_vendor() {
    using namespace uabi;
    constexpr std::uint32_t unset = 0xffffffff, nice = 0xffffffed;  // -19
    device_.ask(rknpu::get_hw_version, unset);
    device_.ask(rknpu::get_drv_version, 0);
    device_.ask(rknpu::power_on, 0);
    device_.ask(rknpu::set_proc_nice, nice);
    device_.ask(rknpu::get_drv_version, 0);
  }

  Result<void> hand_over_as_vendor() {
    if (auto synced = sync_commands(); !synced) return synced;
    for (const std::size_t i : order()) {
      if (holds_commands(i) || !is_filled(i)) continue;
      if (auto synced = to_device(made_.buffers[i]); !synced) return synced;
    }
    return sync_commands();
  }

  Result<void> sync_commands() {
    for (std::size_t i = 0; i < made_.buffers.size(); ++i) {
      const CommandWindow window = command_window(made_.program, i);
      if (window.bytes == 0) continue;
      if (auto synced =
              device_.sync(made_.buffers[i], window.offset, window.bytes, SyncDirection::to_device);
          !synced)
        return synced;
    }
    return {};
  }

  [[nodiscard]] bool holds_commands(std::size_t index) const {
    return command_window(made_.program, index).bytes > 0;
  }

  // The image says what is in it, and it is no output. An input that nobody captured is zero.
  [[nodiscard]] bool is_filled(std::size_t index) const {
    const ImageBuffer& buffer = made_.program.image.buffers[index];
    return buffer.role == BufferRole::input || (!is_output(buffer) && !buffer.content.empty());
  }

  // The words that differ now that all addresses are known; they lie in the command window.
  void write_addresses(std::size_t index) {
    const auto& content = made_.program.image.buffers[index].content;
    const std::span<std::byte> memory = made_.buffers[index].memory;
    const CommandWindow window = command_window(made_.program, index);
    std::ranges::copy(std::span(content).subspan(window.offset, window.bytes),
                      memory.begin() + static_cast<std::ptrdiff_t>(window.offset));
  }

  // `rocket` reads no table: its tasks are in the submit.
  [[nodiscard]] bool has_table() const { return device_.kind != "rocket"; }

  // Addresses grow as they did where the program comes from: `rknpu` allocates from the top down,
  // as for the vendor's runtime, the others from the bottom up (KABI-R9).
  [[nodiscard]] std::vector<std::size_t> order() const {
    std::vector<std::size_t> indices(made_.buffers.size());
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    if (device_.kind == "rknpu") std::ranges::reverse(indices);
    return indices;
  }

  Result<void> allocate_table() {
    made_.job.table.bytes = 0;
    if (!has_table()) return {};
    auto buffer =
        device_.allocate({"task", BufferRole::task_table, task_bytes * made_.program.table.size()});
    if (!buffer) return tl::unexpected(buffer.error());
    made_.job.table = std::move(*buffer);
    return {};
  }

  Result<void> allocate(std::size_t index) {
    const ImageBuffer& wanted = made_.program.image.buffers[index];
    auto buffer = device_.allocate({wanted.name, wanted.role, wanted.bytes});
    if (!buffer) return tl::unexpected(buffer.error());
    made_.buffers[index] = std::move(*buffer);
    return {};
  }

  Result<void> move() {
    auto moved = move_to(made_.program, addresses());
    if (!moved) return tl::unexpected(moved.error());
    made_.program = std::move(*moved);
    return {};
  }

  // Of the buffers that are allocated.
  [[nodiscard]] std::vector<std::uint32_t> addresses() const {
    std::vector<std::uint32_t> addresses;
    for (const DeviceBuffer& buffer : made_.buffers) addresses.push_back(buffer.address);
    return addresses;
  }

  void write_buffer(std::size_t index) {
    const ImageBuffer& from = made_.program.image.buffers[index];
    const std::span<std::byte> to = made_.buffers[index].memory;
    // Memory of a driver is not always new; what the image does not say is zero here.
    std::memset(to.data(), is_output(from) ? std::to_integer<int>(canary) : 0, to.size());
    if (!is_output(from)) std::ranges::copy(from.content, to.begin());
  }

  void write_table(const std::vector<Task>& table) {
    made_.table.resize(task_bytes * table.size());
    std::memcpy(made_.table.data(), table.data(), made_.table.size());
    if (has_table()) std::ranges::copy(made_.table, made_.job.table.memory.begin());
  }

  void write_contents() {
    for (std::size_t i = 0; i < made_.buffers.size(); ++i) write_buffer(i);
    write_table(made_.program.table);
  }

  void make_job() {
    Job& job = made_.job;
    job.core_mask = options_.core_mask.value_or(core_mask_for(made_.program.cores()));
    job.timeout_ms = options_.timeout_ms;
    for (const TableLane& lane : made_.program.lanes) {
      const auto first = made_.program.table.begin() + static_cast<std::ptrdiff_t>(lane.first);
      job.lanes.push_back({lane.core,
                           static_cast<std::uint32_t>(lane.first),
                           {first, first + static_cast<std::ptrdiff_t>(lane.count)}});
    }
    for (const DeviceBuffer& buffer : made_.buffers)
      (is_written(buffer.role) ? job.outputs : job.inputs).push_back(buffer);
  }

  // After the last write of the CPU, also of canaries: a dirty line that is written back later
  // would cover what the device wrote (KABI-L26).
  Result<void> hand_over() {
    if (has_table())
      if (auto synced = to_device(made_.job.table); !synced) return synced;
    for (const std::size_t i : order())
      if (auto synced = to_device(made_.buffers[i]); !synced) return synced;
    return {};
  }

  Result<void> to_device(const DeviceBuffer& buffer) {
    return device_.sync(buffer, 0, buffer.bytes, SyncDirection::to_device);
  }

  const Device& device_;
  const LoadOptions& options_;
  Submission made_;
};

Buffer as_buffer(const DeviceBuffer& from, std::span<const std::byte> bytes) {
  Buffer buffer;
  buffer.name = from.name;
  buffer.role = from.role;
  buffer.role_reason = "allocated for it";
  buffer.size = whole_pages(std::max<std::uint64_t>(from.bytes, bytes.size()));
  buffer.exact_size = from.bytes;
  if (from.handle != 0) {
    buffer.gem = buffer.handle = from.handle;
    buffer.device_address = from.address;
    buffer.address_source = "the driver's answer";
  }
  if (from.object != 0) {
    buffer.object_address = from.object;
    buffer.flags = from.flags;
  }
  buffer.pieces = {{0, bytes}};
  return buffer;
}

// A table that holds just what is submitted: nothing needs to be concluded from its contents.
Program program_of(const Submission& submission) {
  Program program;
  program.cores = submission.program.cores();
  program.submitted = true;
  for (const TableLane& lane : submission.program.lanes)
    program.lanes.push_back({lane.core, lane.first, lane.count});
  return program;
}

}  // namespace

Result<Submission> load_program(const Device& device, const ReplayProgram& program,
                                const LoadOptions& options) {
  return Loader(device, program, options).load();
}

Result<void> fetch_outputs(const Device& device, const Submission& submission) {
  for (const DeviceBuffer& buffer : submission.job.outputs) {
    if (submission.vendor_sequence && buffer.role != BufferRole::output) continue;
    if (auto synced = device.sync(buffer, 0, buffer.bytes, SyncDirection::from_device); !synced)
      return synced;
  }
  return {};
}

std::vector<std::vector<std::byte>> contents_of(const Submission& submission) {
  std::vector<std::vector<std::byte>> contents;
  for (const DeviceBuffer& buffer : submission.buffers)
    contents.emplace_back(buffer.memory.begin(), buffer.memory.end());
  return contents;
}

bool outputs_untouched(const Submission& submission) {
  if (submission.vendor_sequence) return false;  // they hold no canary
  bool any = false;
  for (const DeviceBuffer& buffer : submission.buffers) {
    if (buffer.role != BufferRole::output) continue;
    any = true;
    if (!std::ranges::all_of(buffer.memory, [](std::byte b) { return b == canary; })) return false;
  }
  return any;
}

void free_all(const Device& device, const Submission& submission) {
  if (submission.vendor_sequence) device.ask(uabi::rknpu::power_off, 0);
  for (const DeviceBuffer& buffer : submission.buffers)
    if (buffer.handle != 0) device.free(buffer);
  if (submission.job.table.handle != 0) device.free(submission.job.table);
}

Opened as_opened(const Submission& submission, const std::vector<Event>& calls,
                 const std::string& name, const RegisterDb& db) {
  Capture capture;
  capture.source = name;
  capture.kind = "a program on its way to a device";
  DeviceBuffer table = submission.job.table;
  table.name = "task";
  table.role = BufferRole::task_table;
  capture.buffers.push_back(as_buffer(table, submission.table));
  for (const DeviceBuffer& buffer : submission.buffers)
    capture.buffers.push_back(as_buffer(buffer, buffer.memory));
  if (submission.job.table.object != 0)
    capture.submits.push_back(as_captured(rknpu_submit(submission.job)));
  capture.events = calls;
  Opened opened = open_capture(std::move(capture), db);
  // The vendor's weights hold a copy of their table, with all sections. It is not what runs.
  std::erase_if(opened.sets, [](const ProgramSet& set) {
    return set.table_buffer != 0 && set.table_buffer != no_index;
  });
  std::size_t submitted = 0;
  for (const TableLane& lane : submission.program.lanes) submitted += lane.count;
  if (submission.program.table.size() > submitted) return opened;  // all sections, as captured
  for (ProgramSet& set : opened.sets) {
    set.programs = {program_of(submission)};
    set.partition_source = "what is submitted";
  }
  return opened;
}

}  // namespace npuscope::guard
