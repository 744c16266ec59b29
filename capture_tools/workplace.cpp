#include "capture_tools/workplace.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace npuscope::cli {

Result<Workplace> Workplace::make(const std::string& name) {
  std::string path = std::filesystem::temp_directory_path() / (name + "-XXXXXX");
  if (mkdtemp(path.data()) == nullptr)
    return wrong_usage(fmt::format("{}: {}", path, std::strerror(errno)),
                       "is TMPDIR a directory that can be written?");
  Workplace made;
  made.path_ = path;
  return made;
}

Workplace::~Workplace() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace npuscope::cli
