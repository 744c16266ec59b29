// Small XML files for one test, removed with it.
//
//   TempXml files;
//   auto db = files.load(R"(<database ...>...)");           // our semantics.xml over it
//   auto db = files.load(registers, overlay);
#pragma once

#include <unistd.h>

#include <cstdlib>

#include <filesystem>
#include <fstream>
#include <string>

#include "regdb/register_db.h"

namespace npuscope::testing {

inline constexpr const char* no_overlay = "<semantics/>";

// A database around `body`, which starts on line 2.
inline std::string database(const std::string& body) {
  return "<database xmlns=\"http://nouveau.freedesktop.org/\">\n" + body + "\n</database>\n";
}

// One domain T around `body`, which starts on line 3.
inline std::string domain(const std::string& body) {
  return database("<domain name=\"T\">\n" + body + "\n</domain>");
}

class TempXml {
 public:
  TempXml() {
    auto pattern = (std::filesystem::temp_directory_path() / "npuscope-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  TempXml(const TempXml&) = delete;
  TempXml& operator=(const TempXml&) = delete;
  ~TempXml() { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  Result<RegisterDb> load(const std::string& registers, const std::string& overlay = no_overlay) {
    return RegisterDb::load(write("registers.xml", registers), write("overlay.xml", overlay));
  }

  // The error text without the folder, or "loaded".
  std::string error(const std::string& registers, const std::string& overlay = no_overlay) {
    const auto loaded = load(registers, overlay);
    return loaded ? "loaded" : relative(loaded.error().text());
  }

  // All notices without the folder, one a line.
  std::string notices(const std::string& registers, const std::string& overlay = no_overlay) {
    const auto loaded = load(registers, overlay);
    if (!loaded) return "error: " + relative(loaded.error().text());
    std::string text;
    for (const auto& notice : loaded->notices()) text += relative(notice) + "\n";
    return text;
  }

  std::string relative(std::string text) const {
    const auto prefix = folder_.string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace npuscope::testing
