// The logs of testdata/run, changed in one place, and what `verify` says of them.
//
//   EXPECT_EQ(fails(verified({Log("ioctl.log").replace("timeout=6000", "timeout=60")})),
//             "submit.fields");
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "replay/verify/verify.h"

namespace npuscope::testing {

// A text that fails the test if it cannot be changed as asked.
class Log {
 public:
  explicit Log(const std::string& file);  // of testdata/run
  [[nodiscard]] static Log at(const std::string& path, const std::string& name = {});

  Log& replace(std::string_view from, std::string_view to);      // stands there once
  Log& replace_all(std::string_view from, std::string_view to);  // at least once
  Log& remove_line(std::string_view with);                       // one line holds it
  // Moves all lines from the one that holds `first` up to the one that holds `last` in front of the
  // line that holds `before`.
  Log& move(std::string_view first, std::string_view last, std::string_view before);
  Log& overwrite(std::size_t at, std::string_view text);
  Log& append(std::string_view text);
  Log& renumber();  // the returns of calls, after some were removed or moved

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::vector<Opened> open() const;

 private:
  Log() = default;
  [[nodiscard]] std::size_t line_of(std::string_view what) const;

  std::string name_, text_;
};

[[nodiscard]] Verification verified(const std::vector<Log>& logs,
                                    const VerifyOptions& options = {});

// Ids of the checks that fail, in order, each once: "buffers.sizes buffers.agree".
[[nodiscard]] std::string fails(const Verification& result);
// Of one check: "task 0 ...: expected 5, found 1 (ioctl.log:95)", or the text of a PASS or SKIP.
[[nodiscard]] std::string said(const Verification& result, std::string_view id);

}  // namespace npuscope::testing
