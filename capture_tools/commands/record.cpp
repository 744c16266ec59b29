#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "capture_tools/child_program.h"
#include "capture_tools/commands/verbs.h"
#include "capture_tools/fake_npu/protocol.h"
#include "capture_tools/record/flink_dump.h"
#include "capture_tools/record/gdb_script.h"
#include "capture_tools/record/machine_facts.h"
#include "capture_tools/record/record_server.h"
#include "capture_tools/workplace.h"
#include "decoder/input/bundle.h"
#include "decoder/input/load_file.h"
#include "replay/device/drm_node.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  const auto text = [] { return po::value<std::string>()->default_value("", ""); };
  options.add_options()                                                         //
      ("output,o", text(), "directory for the recording, a bundle")             //
      ("overwrite", po::bool_switch(), "replace a recording that is there")     //
      ("no-content", po::bool_switch(), "calls only, not what buffers hold")    //
      ("submits", text(), "whose contents to keep, counted from 0, as 0-3,7")   //
      ("handles", text(), "buffers whose contents to keep, as 1,2,5")           //
      ("max-buffer", text(), "leave out contents of larger buffers, in bytes")  //
      ("max-size", text(), "stop to take contents at so many bytes of all")     //
      ("sync", po::value<std::string>()->default_value("auto"),
       "what a recording must outlive: the end of the program, or with disk that of the machine; "
       "auto: disk on a board where programs wait for us")                                      //
      ("model", text(), "the .rknn that CMD runs: kept too, so that decode names its layers")   //
      ("prefix", text(), "submit only so many of the first tasks; both versions are recorded")  //
      ("prefix-mode", po::value<std::string>()->default_value("every"),
       "which entries of the submit get them: every, linear or subcores")               //
      ("library", text(), "library to preload instead of the one beside this program")  //
      ("no-preload", po::bool_switch(),
       "set the environment only: for emulators that preload by themselves")  //
      ("gdb", po::bool_switch(),
       "write a command file for gdb, for where nothing can be preloaded")  //
      ("arch", text(),
       "with --gdb: x86_64 or aarch64, instead of the processor of this machine")  //
      ("flink", text(),
       "write the buffers with these names, as 1-7, of a program that runs already")  //
      ("quiet,q", po::bool_switch(), "print nothing but what CMD prints");
}

Result<std::uint32_t> whole(std::string_view text, std::string_view option) {
  std::uint32_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size())
    return wrong_usage(fmt::format("--{}: \"{}\" is not a number", option, text),
                       "numbers with commas between them");
  return value;
}

// Calls take(part) for the parts of a list.
template <typename Take>
Result<void> for_each_part(std::string_view list, Take&& take) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (Result<void> taken = take(list.substr(0, end)); !taken) return taken;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return {};
}

// "0-3,7" as pairs of first and last.
Result<std::vector<record::NameRange>> ranges_of(std::string_view list, std::string_view option) {
  std::vector<record::NameRange> ranges;
  const auto taken = for_each_part(list, [&](std::string_view part) -> Result<void> {
    const std::size_t dash = part.find('-');
    const auto first = whole(part.substr(0, dash), option);
    if (!first) return tl::unexpected(first.error());
    const auto last = dash == std::string_view::npos ? first : whole(part.substr(dash + 1), option);
    if (!last) return tl::unexpected(last.error());
    ranges.emplace_back(*first, *last);
    return {};
  });
  if (!taken) return tl::unexpected(taken.error());
  return ranges;
}

Result<void> add_filters(const po::variables_map& options, record::RecordOptions& made) {
  auto submits = ranges_of(options["submits"].as<std::string>(), "submits");
  if (!submits) return tl::unexpected(submits.error());
  made.submits = std::move(*submits);
  return for_each_part(options["handles"].as<std::string>(),
                       [&](std::string_view part) -> Result<void> {
                         const auto handle = whole(part, "handles");
                         if (!handle) return tl::unexpected(handle.error());
                         made.handles.insert(*handle);
                         return {};
                       });
}

Result<void> add_prefix(const po::variables_map& options, record::RecordOptions& made) {
  const auto& mode = options["prefix-mode"].as<std::string>();
  if (mode != "every" && mode != "linear" && mode != "subcores")
    return wrong_usage(fmt::format("--prefix-mode={} is not every, linear or subcores", mode));
  made.prefix_mode = mode == "every"    ? record::PrefixMode::every
                     : mode == "linear" ? record::PrefixMode::linear
                                        : record::PrefixMode::subcores;
  if (options["prefix"].as<std::string>().empty()) return {};
  const auto tasks = whole(options["prefix"].as<std::string>(), "prefix");
  if (!tasks) return tl::unexpected(tasks.error());
  if (*tasks == 0) return wrong_usage("--prefix=0 would submit nothing", "1 or more");
  made.prefix = *tasks;
  return {};
}

// A submit that is wrong can stop a board; a fake one stops no machine.
Result<Durability> durability_of(const std::string& sync, bool waited_for) {
  const bool board = std::getenv(fake::directory_variable) == nullptr;
  if (sync == "auto") return board && waited_for ? Durability::machine : Durability::program;
  if (sync == "program") return Durability::program;
  if (sync == "disk") return Durability::machine;
  return wrong_usage(fmt::format("--sync={} is not auto, program or disk", sync));
}

Result<record::RecordOptions> options_of(const po::variables_map& options) {
  record::RecordOptions made;
  made.contents = !options["no-content"].as<bool>();
  if (auto added = add_filters(options, made); !added) return tl::unexpected(added.error());
  if (auto added = add_prefix(options, made); !added) return tl::unexpected(added.error());
  const auto buffer = number_of(options, "max-buffer", made.most_buffer_bytes);
  if (!buffer) return tl::unexpected(buffer.error());
  const auto all = number_of(options, "max-size", made.most_bytes);
  if (!all) return tl::unexpected(all.error());
  made.most_buffer_bytes = *buffer;
  made.most_bytes = *all;
  const auto durability = durability_of(options["sync"].as<std::string>(), made.waits_at_submits());
  if (!durability) return tl::unexpected(durability.error());
  made.stream.durability = *durability;
  made.stream.overwrite = options["overwrite"].as<bool>();
  return made;
}

// Read before the program is started: a wrong file is said at once.
Result<std::optional<FileBytes>> model_of(const po::variables_map& options) {
  const auto& path = options["model"].as<std::string>();
  if (path.empty()) return std::nullopt;
  auto file = load_plain_file(path, max_bundle_blob_bytes);
  if (!file) return tl::unexpected(file.error());
  if (const auto model = read_rknn(*file); !model) return tl::unexpected(model.error());
  return std::move(*file);
}

void report(const record::RecordSummary& summary, const std::string& directory) {
  fmt::print(stderr, "recorded {} submits, {} calls, {} buffers in {}: {} blobs of {} bytes\n",
             summary.submits, summary.calls, summary.buffers, directory, summary.blobs,
             summary.blob_bytes);
  constexpr double to_ms = 1e6;
  if (summary.span_ns > 0)
    fmt::print(
        stderr, "the program spent {:.1f} of {:.1f} ms on being recorded: {:.1f} %\n",
        static_cast<double>(summary.spent_ns) / to_ms, static_cast<double>(summary.span_ns) / to_ms,
        100.0 * static_cast<double>(summary.spent_ns) / static_cast<double>(summary.span_ns));
  if (summary.calls == 0)
    fmt::print(stderr,
               "no call of an NPU was seen: static programs and those that clear LD_PRELOAD "
               "cannot be recorded so\n");
  if (summary.lost > 0)
    fmt::print(stderr, "{} calls are missing: the program had no descriptors left\n", summary.lost);
}

Result<record::GdbMachine> gdb_machine(const std::string& name) {
#ifdef __aarch64__
  constexpr auto own = record::GdbMachine::aarch64;
#else
  constexpr auto own = record::GdbMachine::x86_64;
#endif
  if (name.empty()) return own;
  if (name == "x86_64") return record::GdbMachine::x86_64;
  if (name == "aarch64") return record::GdbMachine::aarch64;
  return wrong_usage(fmt::format("--arch={} is not x86_64 or aarch64", name));
}

Result<int> write_gdb_script(const po::variables_map& options,
                             const record::RecordOptions& wanted) {
  if (!inputs_of(options).empty())
    return wrong_usage("--gdb runs nothing", "gdb --batch -x FILE --args CMD ARGUMENTS...");
  if (wanted.prefix) return wrong_usage("--prefix changes submits, which --gdb does not");
  if (options["output"].as<std::string>().empty())
    return wrong_usage("no place for the command file", "name it with -o FILE; -o - prints it");
  const auto machine = gdb_machine(options["arch"].as<std::string>());
  if (!machine) return tl::unexpected(machine.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  output->sink().put(record::gdb_script(*machine, wanted));
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return done;
}

Result<int> write_named_buffers(const po::variables_map& options, const StreamOptions& stream) {
  constexpr std::uint32_t most_names = 1U << 16U;
  const auto& directory = options["output"].as<std::string>();
  if (directory.empty()) return wrong_usage("no place for the buffers", "name it with -o DIR");
  if (!inputs_of(options).empty()) return wrong_usage("--flink runs nothing");
  const auto names = ranges_of(options["flink"].as<std::string>(), "flink");
  if (!names) return tl::unexpected(names.error());
  for (const auto& [first, last] : *names)
    if (first > last || last - first >= most_names)
      return wrong_usage(fmt::format("--flink={}-{} is no range of names", first, last), "1-7");
  const auto port = open_node("rknpu", NodeUse::primary);
  if (!port) return tl::unexpected(port.error());
  const auto dumped = record::dump_names(*port, *names, directory, stream);
  if (!dumped) return tl::unexpected(dumped.error());
  if (!options["quiet"].as<bool>())
    fmt::print(stderr, "{} buffers of {} bytes in {}; {} names are not in use\n", dumped->buffers,
               dumped->bytes, directory, dumped->absent.size());
  return done;
}

Result<int> run(const po::variables_map& options) {
  const auto wanted = options_of(options);
  if (!wanted) return tl::unexpected(wanted.error());
  if (!options["flink"].as<std::string>().empty())
    return write_named_buffers(options, wanted->stream);
  if (options["gdb"].as<bool>()) return write_gdb_script(options, *wanted);
  const auto command = inputs_of(options);
  const auto& directory = options["output"].as<std::string>();
  if (command.empty()) return wrong_usage("no CMD", "npuscope record -o DIR -- CMD ARGUMENTS...");
  if (directory.empty()) return wrong_usage("no place for the recording", "name it with -o DIR");
  const auto library =
      options["no-preload"].as<bool>()
          ? Result<std::string>(std::string())
          : library_beside_us("libnpuscope_record.so", options["library"].as<std::string>());
  if (!library) return tl::unexpected(library.error());
  const auto model = model_of(options);
  if (!model) return tl::unexpected(model.error());
  const auto workplace = Workplace::make("npuscope-record");
  if (!workplace) return tl::unexpected(workplace.error());
  auto recorder = record::Recorder::start(directory, command.front(), *wanted);
  if (!recorder) return tl::unexpected(recorder.error());
  for (const auto& [key, value] : record::machine_facts(command)) recorder->fact(key, value);
  if (*model)
    if (auto added = recorder->add_model(**model); !added) return tl::unexpected(added.error());
  const auto server = record::RecordServer::start(*recorder, workplace->path() / "socket", *wanted);
  if (!server) return tl::unexpected(server.error());
  const auto ended = run_program(command, {(*server)->environment(), *library});
  (*server)->finish();
  if (!ended) return tl::unexpected(ended.error());
  if (*ended != 0)
    recorder->remark(Severity::note, fmt::format("the program ended with exit code {}", *ended));
  const auto summary = recorder->finish();
  if (!summary) return tl::unexpected(summary.error());
  if (!options["quiet"].as<bool>()) report(*summary, directory);
  return *ended;
}

}  // namespace

const Verb record_verb{
    "record",
    "run a program and keep what it submits to the NPU",
    "-o DIR -- CMD ARGUMENTS...",
    "Every call of CMD and its children to an NPU, with what every buffer held at each submit and "
    "after it, becomes a\n"
    "bundle in DIR, which every other verb opens: DIR is its first submit, DIR@3 the one with "
    "number 3. What is\n"
    "submitted is written before the driver sees it, so a crash loses nothing. CMD need not be "
    "changed and behaves as\n"
    "without it, except under --prefix. Ends with the exit code of CMD (128 and more: a signal).\n"
    "Where nothing can be preloaded, --gdb writes a command file for gdb to -o FILE; what gdb then "
    "prints\n"
    "is opened like a bundle. It takes the options on contents. --flink writes the buffers of a "
    "program that runs\n"
    "already and has named them, as the vendor's runtime does.",
    "npuscope record -o run.bundle -- ./client model.rknn\n"
    "npuscope record -o run.bundle --no-content -- python3 matmul.py\n"
    "npuscope record -o cut.bundle --prefix=2 --sync=disk -- ./client model.rknn\n"
    "npuscope fake -- npuscope record -o run.bundle -- ./client\n"
    "npuscope record --gdb --arch=aarch64 -o record.gdb\n"
    "gdb --batch -x record.gdb --args ./client model.rknn > run.log\n"
    "npuscope record --flink=1-7 -o gems.bundle\n"
    "npuscope replay --on=sim run.bundle@3",
    add_options,
    run};

}  // namespace npuscope::cli
