#include "capture_tools/host_option.h"

#include <fmt/format.h>

#include <filesystem>

namespace npuscope::cli {

void add_host_option(po::options_description& options) {
  options.add_options()("root", po::value<std::string>()->default_value("/", ""),
                        "look at a copied system below this directory; no device is asked");
}

Result<host::Host> host_of(const po::variables_map& options) {
  std::error_code error;
  const auto& root = options["root"].as<std::string>();
  if (!std::filesystem::is_directory(root, error))
    return wrong_usage(fmt::format("--root={} is no directory", root),
                       "the directory into which the board's files were copied");
  return host::Host{std::filesystem::equivalent(root, "/", error) ? "/" : root};
}

}  // namespace npuscope::cli
