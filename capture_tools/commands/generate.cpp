#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "capture_tools/commands/generate_writers.h"
#include "capture_tools/commands/verbs.h"
#include "decoder/bundle/bundle_directory.h"
#include "decoder/bundle/bundle_writer.h"
#include "decoder/emit/writers.h"
#include "replay/shape/shape_flags.h"
#include "replay/shape/shape_list.h"
#include "replay/shape/shape_names.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  const auto text = [] { return po::value<std::string>()->default_value("", ""); };
  options.add_options()  //
      ("format", po::value<std::string>()->default_value("emit"),
       "emit, table, jsonl, c, words, json, or bundle: a directory that -o names")  //
      ("cores", po::value<std::string>()->default_value("all"),
       "the program for 1, 2 or 3 cores, or all")  //
      ("explain", po::bool_switch(),
       "each formula of the schedule with its numbers, instead of the program")  //
      ("list", po::bool_switch(),
       "the 217 listed shapes and a few small ones: family, name, full name")  //
      ("all", po::bool_switch(), "every one of the 217 listed shapes")         //
      ("compiler", po::value<std::string>()->default_value("2.3.2"),
       "version of the vendor's compiler");
  po::options_description shape("a shape without a name");
  shape.add_options()                                                            //
      ("in-channels", text(), "input channels")                                  //
      ("height", text(), "input height")                                         //
      ("width", text(), "input width; the height if not given")                  //
      ("out-channels", text(), "output channels")                                //
      ("kernel", text(), "3, or 3x1: height x width; 1 if not given")            //
      ("groups", text(), "a number, or depthwise")                               //
      ("batch", text(), "images")                                                //
      ("stride", text(), "2, or 2x1: vertical x horizontal")                     //
      ("pad", text(), "1, or 1x0, or 1,1,0,0: top, left, bottom, right; same")   //
      ("dilation", text(), "2, or 2x1")                                          //
      ("type", text(), "f16 or i8")                                              //
      ("bias", po::bool_switch(), "adds a bias")                                 //
      ("relu", po::bool_switch(), "ReLU, in front of an add")                    //
      ("residual", po::bool_switch(), "adds a tensor of the output's geometry")  //
      ("relu-after-add", po::bool_switch(), "ReLU behind the add");
  options.add(shape);
  add_database_options(options);
  add_output_options(options);
}

ShapeFlags shape_flags(const po::variables_map& options) {
  const auto text = [&options](const char* name) { return options[name].as<std::string>(); };
  ShapeFlags flags;
  flags.batch = text("batch");
  flags.in_channels = text("in-channels");
  flags.height = text("height");
  flags.width = text("width");
  flags.out_channels = text("out-channels");
  flags.kernel = text("kernel");
  flags.groups = text("groups");
  flags.stride = text("stride");
  flags.pad = text("pad");
  flags.dilation = text("dilation");
  flags.type = text("type");
  flags.bias = options["bias"].as<bool>();
  flags.relu = options["relu"].as<bool>();
  flags.residual = options["residual"].as<bool>();
  flags.relu_after_add = options["relu-after-add"].as<bool>();
  return flags;
}

Result<std::vector<ConvShape>> shapes_of(const po::variables_map& options) {
  std::vector<ConvShape> shapes;
  if (const ShapeFlags flags = shape_flags(options); flags.any()) {
    auto shape = shape_from(flags);
    if (!shape) return tl::unexpected(shape.error());
    shapes.push_back(*shape);
  }
  if (options["all"].as<bool>())
    for (const ListedShape& item : shape_list())
      if (item.listed) shapes.push_back(item.shape);
  for (const std::string& name : inputs_of(options)) {
    auto shape = parse_shape(name);
    if (!shape) return tl::unexpected(shape.error());
    shapes.push_back(*shape);
  }
  if (shapes.empty())
    return wrong_usage("no SHAPE given",
                       "a name as b1_c64_h56_w56_oc128_wic64_k1x1_g1, or --in-channels, --height "
                       "and --out-channels");
  return shapes;
}

Result<unsigned> cores_of(const po::variables_map& options) {
  const auto& cores = options["cores"].as<std::string>();
  if (cores == "all") return 0U;
  if (cores == "1" || cores == "2" || cores == "3") return static_cast<unsigned>(cores[0] - '0');
  return wrong_usage(fmt::format("--cores={} is not 1, 2, 3 or all", cores));
}

void write_list(Sink& sink) {
  std::size_t widest = 0;
  for (const ListedShape& item : shape_list()) widest = std::max(widest, item.name.size());
  for (const ListedShape& item : shape_list())
    sink.put(fmt::format("{:<9}  {:<{}}  {}\n", name_of(item.family), item.name, widest,
                         key_of(item.shape)));
}

Result<CompilerVersion> compiler_of(const po::variables_map& options) {
  const auto& text = options["compiler"].as<std::string>();
  const auto version = compiler_version(text);
  if (!version)
    return wrong_usage(fmt::format("--compiler={} is not a version", text),
                       "three numbers, as 2.3.2");
  if (*version < oldest_compiler)
    return wrong_usage(
        fmt::format("--compiler={}: compilers before 1.6.0 write records of another form", text),
        "1.6.0 and later are generated");
  return *version;
}

// The commands of the chosen programs, as they stand in memory.
void write_words(const GeneratedProgram& program, unsigned cores, Sink& sink) {
  const std::vector<std::byte> bytes = program.stream.link(program.layout.bases());
  const unsigned chosen = cores != 0 && program.plan.program(cores).repeats() ? 1 : cores;
  for (const StreamRecord& record : program.stream.records())
    if (chosen == 0 || record.cores == chosen)
      sink.put({reinterpret_cast<const char*>(bytes.data()) + record.offset,
                record_stride(record.body.writes.size())});
}

OutputFormat decode_format(std::string_view name) {
  if (name == "jsonl") return OutputFormat::jsonl;
  if (name == "table") return OutputFormat::table;
  return name == "c" ? OutputFormat::c : OutputFormat::emit;
}

void write(const std::string& format, unsigned cores, const std::vector<GeneratedProgram>& programs,
           const RegisterDb& db, Sink& sink) {
  if (format == "json") {
    begin_generate_json(sink);
    for (const GeneratedProgram& program : programs) write_generate_json(program, cores, sink);
    return;
  }
  if (format == "words") {
    for (const GeneratedProgram& program : programs) write_words(program, cores, sink);
    return;
  }
  std::vector<Opened> inputs;
  inputs.reserve(programs.size());
  for (const GeneratedProgram& program : programs)
    inputs.push_back(open_capture(capture_of(program), db));
  write_decode(decode_format(format), inputs, db, {cores, false}, sink);
}

// Task table, commands, buffers and submit as a bundle, which every verb opens.
Result<void> write_generated_bundle(const po::variables_map& options,
                                    const std::vector<GeneratedProgram>& programs) {
  const auto& directory = options["output"].as<std::string>();
  if (directory == "-") return wrong_usage("a bundle is a directory", "name it with -o");
  if (programs.size() != 1) return wrong_usage("a bundle holds one program", "give one SHAPE");
  return write_bundle(bundle_files(capture_of(programs.front())), directory,
                      options["overwrite"].as<bool>());
}

// What is said of programs that are not the vendor's.
void note_basis(const std::vector<GeneratedProgram>& programs) {
  for (const GeneratedProgram& program : programs)
    if (program.plan.basis != Basis::vendor)
      fmt::print(stderr, "note: {}: {}: {}\n", key_of(program.plan.shape), kind_of(program.plan),
                 fmt::join(program.plan.reasons, "; "));
}

Result<int> run(const po::variables_map& options) {
  const auto format =
      format_of(options, {"emit", "table", "jsonl", "c", "words", "json", "bundle"});
  if (!format) return tl::unexpected(format.error());
  const auto cores = cores_of(options);
  if (!cores) return tl::unexpected(cores.error());
  const auto version = compiler_of(options);
  if (!version) return tl::unexpected(version.error());
  const bool list = options["list"].as<bool>();
  std::vector<GeneratedProgram> programs;
  if (!list) {
    const auto shapes = shapes_of(options);
    if (!shapes) return tl::unexpected(shapes.error());
    GenerateOptions generate;
    generate.version = *version;
    for (const ConvShape& shape : *shapes) {
      auto made = generate_program(shape, generate);
      if (!made) return tl::unexpected(made.error());
      programs.push_back(std::move(*made));
    }
  }
  if (*format == "bundle" && !list) {
    if (auto written = write_generated_bundle(options, programs); !written)
      return tl::unexpected(written.error());
    note_basis(programs);
    return ExitCode::done;
  }
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  if (list) {
    write_list(output->sink());
  } else if (options["explain"].as<bool>()) {
    for (const GeneratedProgram& program : programs) {
      if (&program != &programs.front()) output->sink().put("\n");
      write_explanation(program, *cores, output->sink());
    }
  } else {
    write(*format, *cores, programs, database->get(), output->sink());
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  if (!options["explain"].as<bool>()) note_basis(programs);
  return ExitCode::done;
}

}  // namespace

const Verb generate_verb{
    "generate",
    "a convolution's shape to its register programs",
    "[SHAPE...]",
    "Makes the programs for 1, 2 and 3 cores, task table and buffers of one convolution from its "
    "shape alone: as "
    "the vendor's\n"
    "compiler makes them where its formulas are known; else by a general schedule, and then every "
    "output says so.\n"
    "Every other verb takes `gen:SHAPE` as an input.",
    "npuscope generate b1_c64_h56_w56_oc128_wic64_k1x1_g1 --explain\n"
    "npuscope generate --in-channels=24 --height=160 --out-channels=24 --kernel=3 --pad=1 "
    "--stride=2 --type=i8 "
    "--bias --relu\n"
    "npuscope generate --format=words --cores=1 conv2d_10x20_3x3_9x9 -o commands.bin\n"
    "npuscope generate --list | grep depthwise\n"
    "npuscope decode --format=table gen:b1_c32_h14_w14_oc128_wic32_k3x3_g1",
    add_options,
    run};

}  // namespace npuscope::cli
