#include <fmt/format.h>

#include "capture_tools/child_program.h"
#include "capture_tools/commands/verbs.h"
#include "capture_tools/fake_npu/fake_server.h"
#include "capture_tools/fake_npu/preloadable.h"
#include "capture_tools/workplace.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()  //
      ("driver", po::value<std::string>()->default_value("rknpu"),
       "rknpu (/dev/dri/card1), rocket (/dev/accel/accel0), or both")  //
      ("strict", po::bool_switch(),
       "what would bring a board down ends the program, and with it the run")  //
      ("inject", po::value<std::vector<std::string>>()->composing(),
       "a fault, as dispatch-miss@3: in the third submit; may be given several times")  //
      ("library", po::value<std::string>()->default_value("", ""),
       "library to preload instead of the one beside this program")  //
      ("no-preload", po::bool_switch(),
       "set the environment only: for emulators that preload by themselves")  //
      ("quiet,q", po::bool_switch(), "print nothing but what CMD prints");
}

Result<fake::FakeOptions> options_of(const po::variables_map& options) {
  fake::FakeOptions made;
  const auto& driver = options["driver"].as<std::string>();
  if (driver != "rknpu" && driver != "rocket" && driver != "both")
    return wrong_usage(fmt::format("--driver={} is not rknpu, rocket or both", driver));
  made.rknpu = driver != "rocket";
  made.rocket = driver != "rknpu";
  made.strict = options["strict"].as<bool>();
  if (options.count("inject") == 0) return made;
  for (const std::string& text : options["inject"].as<std::vector<std::string>>()) {
    const auto fault = fake::parse_fault(text);
    if (!fault) return tl::unexpected(fault.error());
    made.faults.push_back(*fault);
  }
  return made;
}

void print(const fake::Entry& entry) {
  fmt::print(stderr, "fake NPU: {}{}{}: {}\n",
             entry.submit > 0 ? fmt::format("submit {}, ", entry.submit) : "",
             fake::name_of(entry.severity), entry.rule.empty() ? "" : " " + entry.rule, entry.text);
}

Result<int> run(const po::variables_map& options) {
  const auto command = inputs_of(options);
  if (command.empty()) return wrong_usage("no CMD", "npuscope fake -- CMD ARGUMENTS...");
  const auto fake_options = options_of(options);
  if (!fake_options) return tl::unexpected(fake_options.error());
  const bool preload = !options["no-preload"].as<bool>();
  if (preload)
    if (auto fine = fake::check_preloadable(command.front()); !fine)
      return tl::unexpected(fine.error());
  const auto library =
      preload ? library_beside_us("libnpuscope_fake.so", options["library"].as<std::string>())
              : Result<std::string>(std::string());
  if (!library) return tl::unexpected(library.error());
  const bool quiet = options["quiet"].as<bool>();
  auto npu = fake::FakeNpu::create(*fake_options, quiet ? fake::Journal::Sink() : print);
  if (!npu) return tl::unexpected(npu.error());
  const auto workplace = Workplace::make("npuscope-fake");
  if (!workplace) return tl::unexpected(workplace.error());
  const auto server = fake::FakeServer::start(**npu, *fake_options, workplace->path());
  if (!server) return tl::unexpected(server.error());
  const auto ended = run_program(command, {(*server)->environment(), *library});
  if (!ended) return tl::unexpected(ended.error());
  if ((*npu)->crashed()) {
    fmt::print(stderr, "fake NPU: the board would have crashed; see above\n");
    return ExitCode::device_failed;
  }
  return *ended;
}

}  // namespace

const Verb fake_verb{
    "fake",
    "run a program as if this machine had the NPU",
    "-- CMD ARGUMENTS...",
    "CMD and its children find /dev/dri/card1 (or /dev/accel/accel0) and talk to a driver and an "
    "NPU that are simulated:\n"
    "same calls, same error codes, same results. They need not be changed; static programs cannot "
    "be served. What a\n"
    "board would refuse, or not survive, is said on stderr. Ends with the exit code of CMD (128 "
    "and more: a signal), or\n"
    "with 4 if --strict ended the run.",
    "npuscope fake -- python3 matmul.py\n"
    "npuscope fake --driver=rocket --strict -- ./convolution\n"
    "npuscope fake --inject=dispatch-miss@3 -- ./client\n"
    "npuscope fake --no-preload -- qemu-aarch64 -L /usr/aarch64-linux-gnu -E "
    "LD_PRELOAD=libnpuscope_fake-aarch64.so ./client",
    add_options,
    run};

}  // namespace npuscope::cli
