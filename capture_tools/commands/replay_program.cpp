#include <fmt/format.h>

#include <algorithm>

#include "capture_tools/commands/replay_run.h"
#include "replay/prepare/link_capture.h"
#include "replay/run/conv_image.h"
#include "replay/shape/shape_names.h"

namespace npuscope::cli {

namespace {

// As the options want it: cut, changed, moved. `others` are programs in the same buffers, which
// move along.
Result<Image> adjusted(Result<Image> image, const ReplayRequest& request, Sink& sink,
                       const std::vector<sim::CoreTasks>& others = {}) {
  if (!image) return image;
  if (auto done = adjust(request, *image); !done) return tl::unexpected(done.error());
  Image all = *image;
  all.lanes.insert(all.lanes.end(), others.begin(), others.end());
  const auto move = move_of(request, all, sink);
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

// Runs an image; empty: the simulator stopped, which was said.
Result<std::optional<sim::Simulator>> run_image(const Image& image, const ReplayRequest& request,
                                                BoardVerdict& verdict, Sink& sink) {
  std::optional<sim::Simulator> simulator(std::in_place, request.simulator);
  if (auto loaded = load(image, simulator->memory()); !loaded)
    return tl::unexpected(loaded.error());
  const sim::RunResult result = simulator->run_table(image.lanes);
  write_trace(result, simulator->memory(), request.trace, sink);
  verdict.add(result.events);
  const bool done = result.status == sim::RunStatus::done;
  sink.put(fmt::format(
      "run     {} core{}  {} tasks, {}: {}\n", image.cores, image.cores == 1 ? " " : "s",
      result.tasks, amount_of(result.macs),
      done ? std::string("done") : fmt::format("{}: {}", name_of(result.status), result.reason)));
  if (!done) simulator.reset();
  return simulator;
}

Result<void> write_output(const ReplayRequest& request, const std::string& name,
                          std::span<const std::byte> bytes, Sink& sink) {
  if (request.directory.empty()) return {};
  const auto path = write_file(request, name, bytes);
  if (!path) return tl::unexpected(path.error());
  sink.put(fmt::format("        written to {}\n", *path));
  return {};
}

// What the program may read was perhaps not captured.
void note_gaps(const Capture& capture, Sink& sink) {
  for (const Buffer& buffer : capture.buffers)
    if (buffer.role != BufferRole::output && buffer.role != BufferRole::internal &&
        buffer.known_bytes() < buffer.size)
      sink.put(fmt::format("note    {}: {} of {} bytes were not captured, and are zero\n",
                           buffer.name, buffer.size - buffer.known_bytes(), buffer.size));
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
                          const ReplayRequest& request, Sink& sink) {
  for (std::size_t i = 0; i < image.buffers.size(); ++i) {
    const ImageBuffer& buffer = image.buffers[i];
    std::vector<std::byte> before = buffer.content;
    before.resize(after[i].size());
    std::size_t changed = 0;
    for (std::size_t k = 0; k < before.size(); ++k) changed += before[k] != after[i][k] ? 1 : 0;
    if (changed == 0) continue;
    sink.put(fmt::format("changed {}  {} of {} bytes at {:#x}\n", buffer.name, changed,
                         buffer.bytes, buffer.address));
    if (auto written = write_output(request, buffer.name + ".bin", after[i], sink); !written)
      return written;
  }
  return {};
}

}  // namespace

Result<int> replay_program(const Opened& opened, const ReplayRequest& request, Sink& sink) {
  std::vector<std::vector<std::byte>> first;
  bool different = false;
  BoardVerdict verdict;
  const std::vector<sim::CoreTasks> others = lanes_of_all_programs(opened);
  for (const unsigned cores : request.cores) {
    const auto image = adjusted(link_capture(opened, cores), request, sink, others);
    if (!image) return tl::unexpected(image.error());
    if (cores == request.cores.front()) note_gaps(opened.capture, sink);
    const auto ran = run_image(*image, request, verdict, sink);
    if (!ran) return tl::unexpected(ran.error());
    if (!*ran) return ExitCode::device_failed;
    auto after = memory_after(*image, **ran);
    if (!after) return tl::unexpected(after.error());
    if (cores == request.cores.front()) {
      if (auto shown = show_changes(*image, *after, request, sink); !shown)
        return tl::unexpected(shown.error());
      first = std::move(*after);
    } else if (*after != first) {
      // Scratch memory of barriers is not the output, but bytes are bytes.
      sink.put("        other bytes in memory than after the first run\n");
      different = true;
    }
  }
  verdict.say(sink);
  return different ? ExitCode::different : ExitCode::done;
}

Result<int> replay_shape(const std::string& name, const ReplayRequest& request, Sink& sink) {
  const auto shape = parse_shape(name);
  if (!shape) return tl::unexpected(shape.error());
  if (const auto fits = check_size(*shape); !fits) return tl::unexpected(fits.error());
  const auto program = generate_program(*shape, {});
  if (!program) return tl::unexpected(program.error());
  const ConvTensors tensors = draw_tensors(*shape, request.seed);
  const ConvReference reference = reference_of(*shape, tensors);
  sink.put(fmt::format("shape   {}  {}; tensors of numpy.random.seed({})\n", key_of(*shape),
                       kind_of(program->plan), request.seed));
  std::vector<std::uint16_t> first;
  bool different = false;
  BoardVerdict verdict;
  for (const unsigned cores : request.cores) {
    const auto image = adjusted(conv_image(*program, tensors, cores), request, sink);
    if (!image) return tl::unexpected(image.error());
    const auto ran = run_image(*image, request, verdict, sink);
    if (!ran) return tl::unexpected(ran.error());
    if (!*ran) return ExitCode::device_failed;
    const auto place = std::ranges::find(image->buffers, BufferRole::output, &ImageBuffer::role);
    std::vector<std::byte> memory(conv_output_bytes(*program));
    if (auto read = (**ran).memory().read(place->address, memory); !read)
      return tl::unexpected(read.error());
    const auto output = conv_output(*program, memory);
    if (!output) return tl::unexpected(output.error());
    if (cores == request.cores.front()) first = *output;
    if (*output != first) {
      sink.put("        OTHER BYTES than the first run\n");
      different = true;
    }
  }
  const Deviation deviation = compare(reference, first);
  const bool good = deviation.excess <= 0;
  sink.put(fmt::format("output  {} values, max_diff {:.4f} from an f64 reference: {}\n",
                       first.size(), deviation.largest,
                       good ? "within the rounding of f16 and f32" : "BEYOND ROUNDING"));
  const NpyArray array{
      "<f2",
      {shape->batch, shape->out_channels, shape->out_height(), shape->out_width()},
      {std::as_bytes(std::span(first)).begin(), std::as_bytes(std::span(first)).end()}};
  if (auto written = write_output(request, "output.npy", write_npy(array), sink); !written)
    return tl::unexpected(written.error());
  verdict.say(sink);
  return good && !different ? ExitCode::done : ExitCode::different;
}

}  // namespace npuscope::cli
