#include "decoder/corpus/find_units.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "decoder/input/bundle.h"

namespace npuscope::corpus {

namespace {

namespace fs = std::filesystem;

// More dumps than any run has buffers are runs of their own.
constexpr std::size_t most_dumps_of_a_run = 64;

bool is_named_as_dump(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.size() > 3 && (name.starts_with("gem") || name.starts_with("GEM")) &&
         name[3] >= '0' && name[3] <= '9';
}

class Finder {
 public:
  explicit Finder(std::uint64_t largest) : largest_(largest) {}

  void add(const std::string& root) {
    struct stat status {};
    if (::stat(root.c_str(), &status) != 0) return refuse(root, std::strerror(errno));
    if (!S_ISDIR(status.st_mode)) return add_single(root);
    std::vector<std::string> folders{root};
    while (!folders.empty()) {
      const std::string folder = std::move(folders.back());
      folders.pop_back();
      if (is_bundle_directory(folder)) {
        add_bundle(folder);
      } else {
        add_folder(folder, folders);
      }
    }
  }

  FoundUnits finish() && {
    // Folders may be given twice, or one inside the other.
    const auto tidy = [](auto& list) {
      std::ranges::sort(
          list, {}, [](const auto& each) -> const auto& { return each.path; });
      const auto same_path = [](const auto& a, const auto& b) { return a.path == b.path; };
      list.erase(std::unique(list.begin(), list.end(), same_path), list.end());
    };
    tidy(found_.units);
    tidy(found_.unreadable);
    return std::move(found_);
  }

 private:
  void refuse(std::string path, std::string reason) {
    found_.unreadable.push_back({std::move(path), std::move(reason)});
  }

  // False: it cannot be a unit, and is listed.
  bool describe(const std::string& path, UnitFile& file) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      refuse(path, std::strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
      refuse(path, "not a regular file");
    } else if (static_cast<std::uint64_t>(status.st_size) > largest_) {
      refuse(path, fmt::format("{} bytes: more than {}", status.st_size, largest_));
    } else {
      file = {path, static_cast<std::uint64_t>(status.st_size),
              std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
      return true;
    }
    return false;
  }

  void add_single(const std::string& path) {
    if (UnitFile file; describe(path, file)) found_.units.push_back({path, {file}, false});
  }

  void add_folder(const std::string& folder, std::vector<std::string>& folders) {
    std::vector<std::string> dumps;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      const std::string path = entry->path().string();
      std::error_code ignored;
      if (!entry->is_directory(ignored)) {
        if (is_named_as_dump(path)) {
          dumps.push_back(path);
        } else {
          add_single(path);
        }
      } else if (entry->is_symlink(ignored)) {
        refuse(path, "a symbolic link to a folder: not followed");
      } else {
        folders.push_back(path);
      }
    }
    if (error) refuse(folder, error.message());
    add_dumps(folder, dumps);
  }

  void add_dumps(const std::string& folder, std::vector<std::string>& paths) {
    if (paths.size() > most_dumps_of_a_run) {
      for (const std::string& path : paths) add_single(path);
      return;
    }
    std::ranges::sort(paths);
    Unit unit{folder, {}, false};
    for (const std::string& path : paths)
      if (UnitFile file; describe(path, file)) unit.files.push_back(file);
    if (!unit.files.empty()) found_.units.push_back(std::move(unit));
  }

  void add_bundle(const std::string& folder) {
    Unit unit{folder, {}, true};
    std::vector<std::string> paths;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      std::error_code ignored;
      if (!entry->is_directory(ignored)) paths.push_back(entry->path().string());
    }
    if (error) refuse(folder, error.message());
    std::ranges::sort(paths);
    for (const std::string& path : paths)
      if (UnitFile file; describe(path, file)) unit.files.push_back(file);
    if (!unit.files.empty()) found_.units.push_back(std::move(unit));
  }

  std::uint64_t largest_;
  FoundUnits found_;
};

}  // namespace

FoundUnits find_units(const std::vector<std::string>& roots, std::uint64_t largest_file) {
  Finder finder(largest_file);
  for (std::string root : roots) {
    while (root.size() > 1 && root.back() == '/') root.pop_back();
    finder.add(root);
  }
  return std::move(finder).finish();
}

}  // namespace npuscope::corpus
