// Inputs as programs for a device, each with a judge of what it computes.
#include <fmt/format.h>

#include <algorithm>

#include "capture_tools/commands/replay_device.h"
#include "replay/prepare/link_capture.h"
#include "replay/run/conv_image.h"
#include "replay/run/recorded_outcome.h"
#include "replay/run/simulated.h"
#include "replay/shape/shape_names.h"

namespace npuscope::cli {

namespace {

using guard::Judgement;

// Patches, prefix and core, as they are for a device: a prefix ends its chain.
Result<void> adjust_for_device(const ReplayRequest& request, Image& image) {
  if (request.only_core) image = keep_core(image, *request.only_core);
  for (const Patch& patch : request.patches)
    if (const auto changed = apply(patch, image); !changed) return tl::unexpected(changed.error());
  return request.prefix ? end_after(image, *request.prefix) : Result<void>();
}

bool is_whole(const ReplayRequest& request) {
  return !request.prefix && !request.only_core && request.patches.empty();
}

// The table of the capture, as the vendor's runtime wrote it.
WholeTable table_of(const ProgramSet& set, unsigned cores) {
  WholeTable table;
  for (const TaskEntry& entry : set.tasks) table.tasks.push_back(entry.task);
  for (const Lane& lane : set.program_for(cores)->lanes) table.first.push_back(lane.first);
  return table;
}

// The bytes that the vendor's runtime asked for; a capture has the whole pages that it got.
void shrink_to_requests(const Capture& capture, Image& image) {
  for (ImageBuffer& each : image.buffers) {
    const auto buffer = std::ranges::find(capture.buffers, each.name, &Buffer::name);
    if (buffer->exact_size >= each.content.size() && buffer->exact_size > 0)
      each.bytes = std::min(each.bytes, buffer->exact_size);
  }
}

guard::Judge judge_simulated(const ReplayProgram& program) {
  return [program](const auto& contents) { return judge_by_simulation(program, contents); };
}

// The simulator's word, and the recording's where there is one. Commands are left out: they hold
// the addresses of this run.
guard::Judge judge_recorded(const Capture& capture, const ReplayProgram& program) {
  return [capture, program](const auto& contents) {
    Judgement judgement = judge_by_simulation(program, contents);
    std::uint64_t bytes = 0, different = 0;
    for (const RecordedBuffer& each : compare_with_recorded(capture, program.image, contents)) {
      const auto place = std::ranges::find(program.image.buffers, each.name, &ImageBuffer::name);
      if (place->role == BufferRole::commands) continue;
      bytes += each.bytes;
      different += each.different;
    }
    if (bytes == 0) return judgement;
    judgement.text += fmt::format("; {} of {} recorded bytes differ", different, bytes);
    if (different > 0) {
      judgement.values = Judgement::Values::wrong;
    } else if (judgement.values == Judgement::Values::unknown) {
      judgement.values = Judgement::Values::right;
    }
    return judgement;
  };
}

Result<DeviceProgram> program_of_capture(const Opened& opened, unsigned cores,
                                         const ReplayRequest& request, bool vendor_sequence,
                                         const RegisterDb& db) {
  auto image = link_capture(opened, cores);
  if (!image) return tl::unexpected(image.error());
  if (auto adjusted = adjust_for_device(request, *image); !adjusted)
    return tl::unexpected(adjusted.error());
  std::optional<WholeTable> table;
  if (vendor_sequence) {
    table = table_of(opened.sets[submitted_set(opened)], cores);
    shrink_to_requests(opened.capture, *image);
  }
  auto program = replay_program(std::move(*image), db, table);
  if (!program) return tl::unexpected(program.error());
  DeviceProgram made{std::move(*program), opened.capture.source, {}, {}, gaps_of(opened.capture)};
  made.judge = is_whole(request) ? judge_recorded(opened.capture, made.program)
                                 : judge_simulated(made.program);
  return made;
}

}  // namespace

Result<DeviceProgram> program_of_shape(const std::string& name, unsigned cores,
                                       const ReplayRequest& request, bool vendor_sequence,
                                       const RegisterDb& db) {
  const auto shape = parse_shape(name);
  if (!shape) return tl::unexpected(shape.error());
  if (const auto fits = check_size(*shape); !fits) return tl::unexpected(fits.error());
  auto generated = generate_program(*shape, {});
  if (!generated) return tl::unexpected(generated.error());
  auto tensors = draw_tensors(*shape, request.seed);
  auto image = conv_image(*generated, tensors, cores);
  if (!image) return tl::unexpected(image.error());
  if (auto adjusted = adjust_for_device(request, *image); !adjusted)
    return tl::unexpected(adjusted.error());
  std::optional<WholeTable> table;
  if (vendor_sequence) {
    *image = as_vendor_allocates(*generated, std::move(*image));
    table = whole_table(*generated, cores);
  }
  auto program = replay_program(std::move(*image), db, table);
  if (!program) return tl::unexpected(program.error());
  DeviceProgram made{std::move(*program), name, key_of(*shape), {}, {}};
  if (!is_whole(request)) {
    made.judge = judge_simulated(made.program);
  } else {
    made.judge = [shape = *shape, generated = std::move(*generated), tensors = std::move(tensors),
                  buffers = made.program.image.buffers](const auto& contents) -> Judgement {
      const auto output = std::ranges::find(buffers, BufferRole::output, &ImageBuffer::role);
      const auto values =
          conv_output(generated, contents[static_cast<std::size_t>(output - buffers.begin())]);
      if (!values) return {Judgement::Values::unknown, values.error().what};
      const Deviation deviation = compare(reference_of(shape, tensors), *values);
      return {deviation.excess <= 0 ? Judgement::Values::right : Judgement::Values::wrong,
              fmt::format("{} values, max_diff {:.4f} from an f64 reference", values->size(),
                          deviation.largest)};
    };
  }
  return made;
}

Result<DeviceProgram> program_of_input(const std::string& input, unsigned cores,
                                       const ReplayRequest& request, bool vendor_sequence,
                                       const RegisterDb& db) {
  if (input.starts_with("gen:"))
    return program_of_shape(input, cores, request, vendor_sequence, db);
  const auto opened = open_one(input, db);
  if (!opened) return tl::unexpected(opened.error());
  for (const Opened& each : *opened) {
    if (each.capture.model)
      return wrong_usage(fmt::format("{}: models run on the simulator only", input),
                         "--on=sim; or replay a capture of it");
    if (!each.sets.empty()) return program_of_capture(each, cores, request, vendor_sequence, db);
  }
  return unreadable("no register program in it", input, "`npuscope info` shows what it holds");
}

}  // namespace npuscope::cli
