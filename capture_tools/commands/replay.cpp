#include <fmt/format.h>

#include "capture_tools/commands/replay_device.h"
#include "capture_tools/commands/replay_run.h"
#include "capture_tools/commands/verbs.h"
#include "capture_tools/progress.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  const auto texts = [] { return po::value<std::vector<std::string>>()->composing(); };
  options.add_options()  //
      ("on", po::value<std::string>()->default_value("", ""),
       "the device: sim, the simulator; rknpu or rocket, a driver. Must be named")  //
      ("cores", po::value<std::string>()->default_value("1"),
       "the program for 1, 2 or 3 cores, or all: their results are compared; without it that of 1, "
       "of a capture the submitted one")  //
      ("input", texts(),
       "[NAME=]FILE for an input of the model: .npy, or the bytes of its codes; others are "
       "random")                                                                    //
      ("seed", po::value<std::string>()->default_value("42"), "of what is random")  //
      ("compare", texts(), "[NAME=]FILE.npy that an output should be")              //
      ("tolerance", po::value<double>()->default_value(0),
       "largest difference that --compare "
       "accepts")  //
      ("output,o", po::value<std::string>()->default_value("", ""),
       "directory for the outputs, as .npy")                                                  //
      ("layers", po::bool_switch(), "also what each node of a model gives, to --output")      //
      ("codes", po::bool_switch(), "write codes instead of the real numbers they stand for")  //
      ("overwrite", po::bool_switch(), "replace files that exist")                            //
      ("prefix", po::value<std::string>()->default_value("", ""),
       "only so many tasks of each core")  //
      ("only-core", po::value<std::string>()->default_value("", ""),
       "only the tasks of this core, from 0")  //
      ("set", texts(),
       "a field to change, as task[3].cna.data_size0.datain_height=6, raw")  //
      ("at", texts(),
       "[NAME=]ADDRESS for the buffer NAME, or for the first of all that have none of their own")  //
      ("assume", texts(),
       "deconvolution: run it with kernels as they are stored, which nobody has shown")        //
      ("strict", po::bool_switch(), "a rule that is broken ends the run, as the board would")  //
      ("poison", po::bool_switch(),
       "fill memory with 0xaa, and name reads of what nothing wrote")  //
      ("trace", po::bool_switch(), "what each task did")               //
      ("format", po::value<std::string>()->default_value("text"), "text or json");
  add_device_options(options);
  add_dry_run_options(options);
  add_progress_options(options);
  add_database_options(options);
}

Result<std::vector<unsigned>> cores_of(const po::variables_map& options) {
  const auto& text = options["cores"].as<std::string>();
  if (text == "all") return std::vector<unsigned>{1, 2, 3};
  if (text == "1" || text == "2" || text == "3")
    return std::vector<unsigned>{static_cast<unsigned>(text[0] - '0')};
  return wrong_usage(fmt::format("--cores={} is not 1, 2, 3 or all", text));
}

// NAME=FILE; a name may hold '=' only if FILE does not.
std::vector<NamedFile> files_of(const po::variables_map& options, const std::string& option) {
  std::vector<NamedFile> files;
  if (options.count(option) == 0) return files;
  for (const std::string& text : options[option].as<std::vector<std::string>>()) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos) {
      files.push_back({{}, text});
    } else {
      files.push_back({text.substr(0, equals), text.substr(equals + 1)});
    }
  }
  return files;
}

// NAME=ADDRESS, as files_of() splits.
Result<BufferAddress> address_of(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  BufferAddress place;
  if (equals != std::string::npos) place.name = text.substr(0, equals);
  const auto address =
      number_in(std::string_view(text).substr(equals == std::string::npos ? 0 : equals + 1));
  if (!address || *address > 0xffffffff)
    return wrong_usage(fmt::format("--at={}: no address of 32 bits", text), "as 0xfff90000");
  place.address = static_cast<std::uint32_t>(*address);
  return place;
}

Result<void> add_limits(const po::variables_map& options, ReplayRequest& request) {
  const auto seed = number_of(options, "seed", 42);
  if (!seed) return tl::unexpected(seed.error());
  if (*seed > 0xffffffff) return wrong_usage("--seed is too large", "32 bits");
  request.seed = static_cast<std::uint32_t>(*seed);
  if (!options["prefix"].as<std::string>().empty()) {
    const auto prefix = number_of(options, "prefix", 0);
    if (!prefix) return tl::unexpected(prefix.error());
    request.prefix = *prefix;
  }
  if (!options["only-core"].as<std::string>().empty()) {
    const auto core = number_of(options, "only-core", 0);
    if (!core) return tl::unexpected(core.error());
    if (*core >= sim::core_count)
      return wrong_usage(fmt::format("--only-core={}", *core), "0 to 2");
    request.only_core = static_cast<unsigned>(*core);
  }
  return {};
}

Result<ReplayRequest> request_of(const po::variables_map& options, const RegisterDb& db) {
  ReplayRequest request;
  const auto& device = options["on"].as<std::string>();
  if (device != "sim" && device != "rknpu" && device != "rocket")
    return wrong_usage(fmt::format("--on={}: name the device", device),
                       "sim is the simulator, rknpu and rocket are drivers of a board");
  auto cores = cores_of(options);
  if (!cores) return tl::unexpected(cores.error());
  request.cores = std::move(*cores);
  request.cores_given = !options["cores"].defaulted();
  request.inputs = files_of(options, "input");
  request.references = files_of(options, "compare");
  if (auto limits = add_limits(options, request); !limits) return tl::unexpected(limits.error());
  if (options.count("set") > 0)
    for (const std::string& text : options["set"].as<std::vector<std::string>>()) {
      const auto patch = parse_patch(text, db);
      if (!patch) return tl::unexpected(patch.error());
      request.patches.push_back(*patch);
    }
  if (options.count("assume") > 0)
    for (const std::string& what : options["assume"].as<std::vector<std::string>>()) {
      if (what != "deconvolution")
        return wrong_usage(fmt::format("--assume={} is not known", what), "only deconvolution is");
      request.simulator.knobs.assumes_deconvolution = true;
    }
  request.db = &db;
  if (options.count("at") > 0)
    for (const std::string& text : options["at"].as<std::vector<std::string>>()) {
      auto place = address_of(text);
      if (!place) return tl::unexpected(place.error());
      request.addresses.push_back(std::move(*place));
    }
  const auto format = format_of(options, {"text", "json"});
  if (!format) return tl::unexpected(format.error());
  request.json = *format == "json";
  request.tolerance = options["tolerance"].as<double>();
  if (!(request.tolerance >= 0))
    return wrong_usage("--tolerance is no difference", "0 or a positive number");
  request.directory = options["output"].as<std::string>();
  request.codes = options["codes"].as<bool>();
  request.layers = options["layers"].as<bool>();
  request.overwrite = options["overwrite"].as<bool>();
  request.trace = options["trace"].as<bool>();
  request.simulator.strict = options["strict"].as<bool>();
  request.simulator.trace = request.trace;
  if (options["poison"].as<bool>()) request.simulator.fill = sim::Fill::poison;
  if (request.layers && request.directory.empty())
    return wrong_usage("--layers without a place for them", "name a directory with -o");
  return request;
}

// What only a model has.
Result<void> needs_no_model(const ReplayRequest& request) {
  if (request.inputs.empty() && request.references.empty() && !request.layers && !request.codes)
    return {};
  return wrong_usage("--input, --compare, --layers and --codes are for models",
                     "a capture has its bytes already, a shape draws its tensors");
}

Result<int> replay_input(const std::string& input, const ReplayRequest& request,
                         const po::variables_map& options, const RegisterDb& db,
                         ReplayReport& report) {
  const auto plain = needs_no_model(request);
  if (input.starts_with("gen:"))
    return plain ? replay_shape(input, request, report) : tl::unexpected(plain.error());
  const auto opened = open_one(input, db);
  if (!opened) return tl::unexpected(opened.error());
  for (const Opened& each : *opened) {
    if (each.capture.model) return replay_model(each, request, options, report);
    if (!each.sets.empty())
      return plain ? replay_program(each, request, report) : tl::unexpected(plain.error());
  }
  return unreadable("no register program in it", input, "`npuscope info` shows what it holds");
}

Result<int> run(const po::variables_map& options) {
  const auto inputs = inputs_of(options);
  if (inputs.size() != 1) return wrong_usage("replay takes one INPUT");
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  auto request = request_of(options, database->get());
  if (!request) return tl::unexpected(request.error());
  request->device = options["on"].as<std::string>();
  Sink sink([](std::string_view block) {
    return std::fwrite(block.data(), 1, block.size(), stdout) == block.size();
  });
  auto code = [&]() -> Result<int> {
    if (request->device == "sim") {
      if (options["dry-run"].as<bool>())
        return wrong_usage("--dry-run is for devices", "--on=rknpu or --on=rocket");
      ReplayReport report(sink, request->json);
      return replay_input(inputs.front(), *request, options, database->get(), report);
    }
    for (const char* name : {"at", "strict", "poison", "trace"})
      if (options.count(name) > 0 && !options[name].defaulted())
        return wrong_usage(fmt::format("--{} is for the simulator", name), "--on=sim");
    auto device = device_request_of(options);
    if (!device) return tl::unexpected(device.error());
    if (device->json && !device->dry_run)
      return wrong_usage("--format=json of a run on a device",
                         "the journal of runs is JSON lines; --dry-run has JSON");
    device->session.command = fmt::format("replay --on={} {}", device->driver, inputs.front());
    if (!inputs.front().starts_with("gen:")) {
      const auto opened = open_one(inputs.front(), database->get());
      if (!opened) return tl::unexpected(opened.error());
      if (opened->front().capture.model)
        return replay_model_on_device(opened->front(), *request, *device, options, database->get(),
                                      sink);
      const auto runs =
          std::ranges::find_if(*opened, [](const Opened& o) { return !o.sets.empty(); });
      if (runs != opened->end()) request->cores = cores_for(*runs, *request);
    }
    if (const auto plain = needs_no_model(*request); !plain) return tl::unexpected(plain.error());
    return replay_on_device(inputs.front(), *request, *device, database->get(), sink);
  }();
  // A closed pipe is no error: who reads has seen enough.
  static_cast<void>(sink.flush());
  return code;
}

}  // namespace

const Verb replay_verb{
    "replay",
    "run a program: a model, a bundle, or a generated convolution",
    "--on=sim INPUT",
    "A model runs from its inputs to its outputs: node by node, on the NPU or, where trivial, on "
    "the host. Inputs are\n"
    ".npy arrays (converted to the tensor's type) or bytes, or random. A capture or bundle runs "
    "from its own memory, a\n"
    "gen:SHAPE with the tensors of the public sweeps, compared with a convolution computed "
    "directly.\n"
    "Exit codes: 1 a comparison failed, 4 the simulator stopped; with --strict also where the "
    "board would fail.",
    "npuscope replay --on=sim model.rknn --input=photo.npy -o results\n"
    "npuscope replay --on=sim --cores=all model.rknn --compare=logits=expected.npy "
    "--tolerance=0.01\n"
    "npuscope replay --on=sim --trace gen:b1_c64_h56_w56_oc128_wic64_k1x1_g1\n"
    "npuscope replay --on=sim --prefix=3 --set='task[2].dpu.dst_base_addr=0' capture.bundle",
    add_options,
    run};

}  // namespace npuscope::cli
