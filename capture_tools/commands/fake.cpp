#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "capture_tools/commands/verbs.h"
#include "capture_tools/fake_npu/fake_server.h"
#include "capture_tools/fake_npu/preloadable.h"

extern char** environ;  // NOLINT: POSIX

namespace npuscope::cli {

namespace {

namespace fs = std::filesystem;

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

// A directory of our own, removed at the end.
class Workplace {
 public:
  static Result<Workplace> make() {
    std::string name = fs::temp_directory_path() / "npuscope-fake-XXXXXX";
    if (mkdtemp(name.data()) == nullptr)
      return wrong_usage(fmt::format("{}: {}", name, std::strerror(errno)),
                         "is TMPDIR a directory that can be written?");
    Workplace made;
    made.path_ = name;
    return made;
  }
  Workplace(Workplace&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Workplace& operator=(Workplace&&) = delete;
  ~Workplace() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  Workplace() = default;
  fs::path path_;
};

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

// The library lies beside the program in the build, and in lib/npuscope when installed.
Result<std::string> library_of(const po::variables_map& options) {
  const auto& given = options["library"].as<std::string>();
  std::error_code error;
  if (!given.empty()) {
    if (!fs::exists(given, error)) return unreadable("there is no such library", given);
    return fs::absolute(given).string();
  }
  const fs::path here = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& place : {here, here.parent_path() / "lib" / "npuscope"})
    if (fs::exists(place / "libnpuscope_fake.so", error))
      return (place / "libnpuscope_fake.so").string();
  return wrong_usage("libnpuscope_fake.so is not beside this program nor in ../lib/npuscope",
                     "name it with --library");
}

void print(const fake::Entry& entry) {
  fmt::print(stderr, "fake NPU: {}{}{}: {}\n",
             entry.submit > 0 ? fmt::format("submit {}, ", entry.submit) : "",
             fake::name_of(entry.severity), entry.rule.empty() ? "" : " " + entry.rule, entry.text);
}

// What CMD sees of the environment: ours, and what the fake adds.
std::vector<std::string> environment_of(const fake::FakeServer& server, const std::string& library,
                                        bool preload) {
  std::vector<std::string> all = server.environment();
  std::string preloaded = library;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view text = *each;
    if (text.starts_with("LD_PRELOAD=") && preload) {
      preloaded += ":";
      preloaded += text.substr(text.find('=') + 1);
    } else if (!text.starts_with(fake::directory_variable)) {
      all.emplace_back(text);
    }
  }
  if (preload) all.push_back("LD_PRELOAD=" + preloaded);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Runs CMD to its end; returns what a shell would: its exit code, or 128 and the signal.
Result<int> run_command(std::vector<std::string> command, std::vector<std::string> environment) {
  auto arguments = pointers_to(command);
  auto variables = pointers_to(environment);
  pid_t pid = 0;
  // The terminal's interrupt is for CMD; this program waits for its end.
  const auto old_interrupt = std::signal(SIGINT, SIG_IGN);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGINT);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int error = posix_spawnp(&pid, arguments.front(), nullptr, &attributes, arguments.data(),
                                 variables.data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    std::signal(SIGINT, old_interrupt);
    return wrong_usage(fmt::format("{}: {}", command.front(), std::strerror(error)),
                       "is the program there, and may it be run?");
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  std::signal(SIGINT, old_interrupt);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
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
  const auto library = preload ? library_of(options) : Result<std::string>(std::string());
  if (!library) return tl::unexpected(library.error());
  const bool quiet = options["quiet"].as<bool>();
  auto npu = fake::FakeNpu::create(*fake_options, quiet ? fake::Journal::Sink() : print);
  if (!npu) return tl::unexpected(npu.error());
  const auto workplace = Workplace::make();
  if (!workplace) return tl::unexpected(workplace.error());
  const auto server = fake::FakeServer::start(**npu, *fake_options, workplace->path());
  if (!server) return tl::unexpected(server.error());
  const auto ended = run_command(command, environment_of(**server, *library, preload));
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
