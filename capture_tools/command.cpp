#include "capture_tools/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

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
  std::string name = "-";
  int error = 0;
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (stream != stdout && stream != nullptr) std::fclose(stream);
  }
};

Result<Output> Output::from(const po::variables_map& options) {
  Output output;
  output.file_ = std::make_shared<File>();
  const auto& name = options["output"].as<std::string>();
  if (name != "-") {
    if (std::filesystem::exists(name) && !options["overwrite"].as<bool>()) {
      return wrong_usage(fmt::format("{} exists", name), "--overwrite replaces it");
    }
    output.file_->name = name;
    output.file_->stream = std::fopen(name.c_str(), "wb");
    if (output.file_->stream == nullptr)
      return wrong_usage(fmt::format("{}: {}", name, std::strerror(errno)),
                         "choose another file with -o");
  }
  // The sink collects blocks itself.
  static_cast<void>(std::setvbuf(output.file_->stream, nullptr, _IONBF, 0));
  output.sink_ = std::make_unique<Sink>([file = output.file_](std::string_view block) {
    if (std::fwrite(block.data(), 1, block.size(), file->stream) == block.size()) return true;
    file->error = errno;
    return false;
  });
  return output;
}

Result<void> Output::finish() {
  if (sink_->flush() || file_->error == EPIPE) return {};
  return unreadable(fmt::format("cannot write: {}", std::strerror(file_->error)), file_->name,
                    "is the disk full?");
}

std::vector<std::string> inputs_of(const po::variables_map& options) {
  return options.count("input") == 0 ? std::vector<std::string>{}
                                     : options["input"].as<std::vector<std::string>>();
}

Result<std::vector<Opened>> open_inputs(const po::variables_map& options, const RegisterDb& db) {
  std::vector<Opened> all;
  for (const std::string& path : inputs_of(options)) {
    auto inputs = open_input(path, db);
    if (!inputs) return tl::unexpected(inputs.error());
    std::move(inputs->begin(), inputs->end(), std::back_inserter(all));
  }
  if (all.empty())
    return wrong_usage("no INPUT given",
                       "a capture, a .rknn model, a folder of dumps, or - for stdin");
  return all;
}

Result<std::string> format_of(const po::variables_map& options,
                              std::initializer_list<std::string_view> known) {
  const auto& format = options["format"].as<std::string>();
  if (std::find(known.begin(), known.end(), format) != known.end()) return format;
  return wrong_usage(fmt::format("there is no format `{}`", format),
                     fmt::format("one of {}", fmt::join(known, ", ")));
}

}  // namespace npuscope::cli
