#include <algorithm>

#include "capture_tools/commands/replay_run.h"
#include "replay/prepare/link_capture.h"
#include "replay/run/conv_image.h"
#include "replay/run/recorded_outcome.h"
#include "replay/shape/shape_names.h"

namespace npuscope::cli {

namespace {

// As the options want it: cut, changed, moved. `others` are programs in the same buffers, which
// move along.
Result<Image> adjusted(Result<Image> image, const ReplayRequest& request, ReplayReport& report,
                       const std::vector<sim::CoreTasks>& others = {}) {
  if (!image) return image;
  if (auto done = adjust(request, *image); !done) return tl::unexpected(done.error());
  Image all = *image;
  all.lanes.insert(all.lanes.end(), others.begin(), others.end());
  const auto move = move_of(request, all, report);
  if (!move) return tl::unexpected(move.error());
  return *move ? move_to(*image, (*move)->map, (*move)->addresses) : image;
}

std::vector<sim::CoreTasks> lanes_of_all_programs(const Opened& opened) {
  std::vector<sim::CoreTasks> lanes;
  for (unsigned cores = 1; cores <= sim::core_count; ++cores)
    if (const auto image = link_capture(opened, cores))
      lanes.insert(lanes.end(), image->lanes.begin(), image->lanes.end());
  return lanes;
}

struct ImageRun {
  sim::Simulator simulator;
  RunLine line;  // to be said once it is compared; if the run stopped, it was said
};

Result<ImageRun> run_image(const Image& image, const ReplayRequest& request, ReplayReport& report) {
  ImageRun run{sim::Simulator(request.simulator), {}};
  if (auto loaded = load(image, run.simulator.memory()); !loaded)
    return tl::unexpected(loaded.error());
  const sim::RunResult result = run.simulator.run_table(image.lanes);
  report.put(result.reports, result.events, run.simulator.memory(), request.trace);
  run.line.cores = image.cores;
  run.line.tasks = result.tasks;
  run.line.macs = result.macs;
  run.line.status = result.status;
  run.line.reason = result.reason;
  if (result.status != sim::RunStatus::done) report.put(run.line);
  return run;
}

Result<void> write_output(const ReplayRequest& request, const std::string& name,
                          std::span<const std::byte> bytes, ReplayReport& report) {
  if (request.directory.empty()) return {};
  const auto path = write_file(request, name, bytes);
  if (!path) return tl::unexpected(path.error());
  report.put(WrittenLine{*path});
  return {};
}

// The bytes of all buffers after a run.
Result<std::vector<std::vector<std::byte>>> memory_after(const Image& image,
                                                         const sim::Simulator& simulator) {
  std::vector<std::vector<std::byte>> all;
  for (const ImageBuffer& buffer : image.buffers) {
    std::vector<std::byte> bytes(buffer.bytes);
    if (auto read = simulator.memory().read(buffer.address, bytes); !read)
      return tl::unexpected(read.error());
    all.push_back(std::move(bytes));
  }
  return all;
}

// Buffers that the run changed.
Result<void> show_changes(const Image& image, const std::vector<std::vector<std::byte>>& after,
                          const ReplayRequest& request, ReplayReport& report) {
  const bool poisoned = request.simulator.fill == sim::Fill::poison;
  for (std::size_t i = 0; i < image.buffers.size(); ++i) {
    const ImageBuffer& buffer = image.buffers[i];
    std::vector<std::byte> before = buffer.content;
    before.resize(after[i].size(), poisoned ? sim::poison_byte : std::byte{0});
    std::size_t changed = 0;
    for (std::size_t k = 0; k < before.size(); ++k) changed += before[k] != after[i][k] ? 1 : 0;
    if (changed == 0) continue;
    report.put(ChangedLine{buffer.name, changed, buffer.bytes, buffer.address});
    if (auto written = write_output(request, buffer.name + ".bin", after[i], report); !written)
      return written;
  }
  return {};
}

// Memory after a run without what was changed in the image before it: patched and moved words that
// the run left alone are as they were linked.
std::vector<std::vector<std::byte>> undo_edits(const Image& linked, const Image& run,
                                               std::vector<std::vector<std::byte>> after) {
  for (std::size_t b = 0; b < linked.buffers.size(); ++b) {
    const std::vector<std::byte>& before = linked.buffers[b].content;
    const std::vector<std::byte>& edited = run.buffers[b].content;
    for (std::size_t i = 0; i < before.size(); ++i)
      if (after[b][i] == edited[i]) after[b][i] = before[i];
  }
  return after;
}

// Whether memory is as the recording of the run has it.
bool show_recorded(const Capture& capture, const Image& image,
                   const std::vector<std::vector<std::byte>>& after, ReplayReport& report) {
  bool equal = true;
  for (const RecordedBuffer& buffer : compare_with_recorded(capture, image, after)) {
    equal = equal && buffer.different == 0;
    report.put(RecordedLine{buffer.name, buffer.bytes, buffer.different});
  }
  return equal;
}

}  // namespace

std::vector<GapLine> gaps_of(const Capture& capture) {
  std::vector<GapLine> gaps;
  for (const Buffer& buffer : capture.buffers) {
    const bool is_read = buffer.role != BufferRole::output && buffer.role != BufferRole::internal &&
                         buffer.role != BufferRole::task_table;  // its tasks are known
    if (is_read && buffer.known_bytes() < buffer.size)
      gaps.push_back({buffer.name, buffer.size - buffer.known_bytes(), buffer.size});
  }
  return gaps;
}

std::vector<unsigned> cores_for(const Opened& opened, const ReplayRequest& request) {
  if (request.cores_given) return request.cores;
  return {submitted_cores(opened)};
}

Result<int> replay_program(const Opened& opened, const ReplayRequest& request,
                           ReplayReport& report) {
  report.put(BeginLine{opened.capture.source, "capture", request.device});
  std::vector<std::vector<std::byte>> first;
  bool different = false;
  const std::vector<sim::CoreTasks> others = lanes_of_all_programs(opened);
  const std::vector<unsigned> all_cores = cores_for(opened, request);
  for (const unsigned cores : all_cores) {
    const auto linked = link_capture(opened, cores);
    if (!linked) return tl::unexpected(linked.error());
    const auto image = adjusted(*linked, request, report, others);
    if (!image) return tl::unexpected(image.error());
    const bool is_first = cores == all_cores.front();
    if (is_first)
      for (const GapLine& gap : gaps_of(opened.capture)) report.put(gap);
    auto run = run_image(*image, request, report);
    if (!run) return tl::unexpected(run.error());
    if (run->line.status != sim::RunStatus::done) return ExitCode::device_failed;
    auto after = memory_after(*image, run->simulator);
    if (!after) return tl::unexpected(after.error());
    // Scratch memory of barriers is not the output, but bytes are bytes.
    if (!is_first) run->line.equal = *after == first;
    different = different || !run->line.equal.value_or(true);
    report.put(run->line);
    if (!is_first) continue;
    if (auto shown = show_changes(*image, *after, request, report); !shown)
      return tl::unexpected(shown.error());
    if (!show_recorded(opened.capture, *linked, undo_edits(*linked, *image, *after), report))
      different = true;
    first = std::move(*after);
  }
  report.finish();
  return different ? ExitCode::different : ExitCode::done;
}

Result<int> replay_shape(const std::string& name, const ReplayRequest& request,
                         ReplayReport& report) {
  const auto shape = parse_shape(name);
  if (!shape) return tl::unexpected(shape.error());
  if (const auto fits = check_size(*shape); !fits) return tl::unexpected(fits.error());
  const auto program = generate_program(*shape, {});
  if (!program) return tl::unexpected(program.error());
  const ConvTensors tensors = draw_tensors(*shape, request.seed);
  const ConvReference reference = reference_of(*shape, tensors);
  report.put(BeginLine{name, "shape", request.device});
  report.put(ShapeLine{key_of(*shape), std::string(kind_of(program->plan)), request.seed});
  std::vector<std::uint16_t> first;
  bool different = false;
  for (const unsigned cores : request.cores) {
    const auto image = adjusted(conv_image(*program, tensors, cores), request, report);
    if (!image) return tl::unexpected(image.error());
    auto run = run_image(*image, request, report);
    if (!run) return tl::unexpected(run.error());
    if (run->line.status != sim::RunStatus::done) return ExitCode::device_failed;
    const auto place = std::ranges::find(image->buffers, BufferRole::output, &ImageBuffer::role);
    std::vector<std::byte> memory(conv_output_bytes(*program));
    if (auto read = run->simulator.memory().read(place->address, memory); !read)
      return tl::unexpected(read.error());
    const auto output = conv_output(*program, memory);
    if (!output) return tl::unexpected(output.error());
    if (cores == request.cores.front()) {
      first = *output;
    } else {
      run->line.equal = *output == first;
    }
    different = different || !run->line.equal.value_or(true);
    report.put(run->line);
  }
  const Deviation deviation = compare(reference, first);
  const bool good = deviation.excess <= 0;
  report.put(ReferenceLine{first.size(), deviation.largest, good});
  const NpyArray array{
      "<f2",
      {shape->batch, shape->out_channels, shape->out_height(), shape->out_width()},
      {std::as_bytes(std::span(first)).begin(), std::as_bytes(std::span(first)).end()}};
  if (auto written = write_output(request, "output.npy", write_npy(array), report); !written)
    return tl::unexpected(written.error());
  report.finish();
  return good && !different ? ExitCode::done : ExitCode::different;
}

}  // namespace npuscope::cli
