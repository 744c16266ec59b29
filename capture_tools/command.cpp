#include "capture_tools/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "replay/generate/generated.h"
#include "replay/shape/shape_names.h"

namespace npuscope::cli {

void add_database_options(po::options_description& options) {
  options.add_options()  //
      ("registers", po::value<std::string>()->default_value("", ""),
       "register database to use instead of ours")("overlay",
                                                   po::value<std::string>()->default_value("", ""),
                                                   "meanings to lay over it instead of ours");
}

void add_output_options(po::options_description& options) {
  options.add_options()  //
      ("output,o", po::value<std::string>()->default_value("-", ""), "file to write; - is stdout")(
          "overwrite", po::bool_switch(), "replace a file that exists");
}

Result<Database> Database::from(const po::variables_map& options) {
  Database database;
  const auto& registers = options["registers"].as<std::string>();
  const auto& overlay = options["overlay"].as<std::string>();
  if (registers.empty() && overlay.empty()) return database;
  auto loaded = RegisterDb::load(registers, overlay);
  if (!loaded) return tl::unexpected(loaded.error());
  for (const std::string& notice : loaded->notices()) fmt::print(stderr, "note: {}\n", notice);
  database.own_ = std::make_shared<const RegisterDb>(std::move(*loaded));
  return database;
}

struct Output::File {
  std::FILE* stream = stdout;
  std::string name = "-";     // what the person asked for
  std::string written = "-";  // where the bytes go until finish()
  int error = 0;
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (stream == stdout || stream == nullptr) return;
    std::fclose(stream);
    if (written != name) std::remove(written.c_str());
  }
};

Result<Output> Output::from(const po::variables_map& options) {
  Output output;
  output.file_ = std::make_shared<File>();
  File& file = *output.file_;
  const auto& name = options["output"].as<std::string>();
  if (name != "-") {
    const auto status = std::filesystem::status(name);
    if (std::filesystem::exists(status) && !options["overwrite"].as<bool>()) {
      return wrong_usage(fmt::format("{} exists", name), "--overwrite replaces it");
    }
    // A device or a pipe is written as it is; a file is replaced when it is complete.
    const bool replace =
        !std::filesystem::exists(status) || std::filesystem::is_regular_file(status);
    file.name = name;
    file.written = replace ? name + ".part" : name;
    file.stream = std::fopen(file.written.c_str(), "wb");
    if (file.stream == nullptr)
      return wrong_usage(fmt::format("{}: {}", name, std::strerror(errno)),
                         "choose another file with -o");
  }
  // The sink collects blocks itself.
  static_cast<void>(std::setvbuf(file.stream, nullptr, _IONBF, 0));
  output.sink_ = std::make_unique<Sink>([shared = output.file_](std::string_view block) {
    if (std::fwrite(block.data(), 1, block.size(), shared->stream) == block.size()) return true;
    shared->error = errno;
    return false;
  });
  return output;
}

Result<void> Output::finish() {
  File& file = *file_;
  const auto failed = [&file](int error) {
    return unreadable(fmt::format("cannot write: {}", std::strerror(error)), file.name,
                      "is the disk full?");
  };
  if (!sink_->flush()) {
    if (file.error == EPIPE) return {};
    return failed(file.error);
  }
  if (file.written == file.name) return {};
  if (std::fclose(std::exchange(file.stream, nullptr)) != 0) return failed(errno);
  if (std::rename(file.written.c_str(), file.name.c_str()) != 0) return failed(errno);
  return {};
}

std::vector<std::string> inputs_of(const po::variables_map& options) {
  return options.count("INPUT") == 0 ? std::vector<std::string>{}
                                     : options["INPUT"].as<std::vector<std::string>>();
}

// Readers know nothing of the generator, so the two meet here.
Result<std::vector<Opened>> open_one(const std::string& input, const RegisterDb& db) {
  if (!input.starts_with("gen:")) return open_input(input, db);
  const auto shape = parse_shape(input);
  if (!shape) return tl::unexpected(shape.error());
  const auto made = generate_program(*shape, {});
  if (!made) return tl::unexpected(made.error());
  std::vector<Opened> inputs;
  inputs.push_back(open_capture(capture_of(*made), db));
  return inputs;
}

Result<std::vector<Opened>> open_inputs(const po::variables_map& options, const RegisterDb& db) {
  return open_inputs(inputs_of(options), db);
}

Result<std::vector<Opened>> open_inputs(const std::vector<std::string>& paths,
                                        const RegisterDb& db) {
  std::vector<Opened> all;
  for (const std::string& path : paths) {
    auto inputs = open_one(path, db);
    if (!inputs) return tl::unexpected(inputs.error());
    std::move(inputs->begin(), inputs->end(), std::back_inserter(all));
  }
  if (all.empty())
    return wrong_usage("no INPUT given",
                       "a capture, a .rknn model, a folder of dumps, gen:SHAPE, or - for stdin");
  return all;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  const char* end = text.data() + text.size();
  std::uint64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), end, value, hexadecimal ? 16 : 10);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

Result<std::uint64_t> number_of(const po::variables_map& options, const std::string& name,
                                std::uint64_t fallback) {
  const auto& text = options[name].as<std::string>();
  if (text.empty()) return fallback;
  const auto value = number_in(text);
  if (!value)
    return wrong_usage(fmt::format("--{}={} is not a number", name, text),
                       "decimal, or 0x and hexadecimal digits");
  return *value;
}

Result<std::string> format_of(const po::variables_map& options,
                              std::initializer_list<std::string_view> known) {
  const auto& format = options["format"].as<std::string>();
  if (std::find(known.begin(), known.end(), format) != known.end()) return format;
  return wrong_usage(fmt::format("there is no format `{}`", format),
                     fmt::format("one of {}", fmt::join(known, ", ")));
}

}  // namespace npuscope::cli
