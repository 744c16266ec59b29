#include "tests/replay/verify/run_logs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "decoder/input/read_input.h"
#include "tests/corpus.h"

namespace npuscope::testing {

namespace {

std::size_t count_in(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size()))
    ++count;
  return count;
}

}  // namespace

Log::Log(const std::string& file) : Log(at(testdata_path("run/" + file), file)) {}

Log Log::at(const std::string& path, const std::string& name) {
  Log log;
  std::ifstream stream(path, std::ios::binary);
  log.name_ = name.empty() ? path : name;
  log.text_.assign(std::istreambuf_iterator<char>(stream), {});
  EXPECT_FALSE(log.text_.empty()) << path;
  return log;
}

Log& Log::replace(std::string_view from, std::string_view to) {
  EXPECT_EQ(count_in(text_, from), 1U) << from;
  return replace_all(from, to);
}

Log& Log::replace_all(std::string_view from, std::string_view to) {
  EXPECT_GE(count_in(text_, from), 1U) << from;
  for (std::size_t at = text_.find(from); at != std::string::npos;
       at = text_.find(from, at + to.size()))
    text_.replace(at, from.size(), to);
  return *this;
}

std::size_t Log::line_of(std::string_view what) const {
  EXPECT_EQ(count_in(text_, what), 1U) << what;
  const std::size_t at = text_.find(what);
  if (at == std::string::npos) return 0;
  const std::size_t end = text_.rfind('\n', at);
  return end == std::string::npos ? 0 : end + 1;
}

Log& Log::remove_line(std::string_view with) {
  const std::size_t begin = line_of(with);
  text_.erase(begin, text_.find('\n', begin) + 1 - begin);
  return *this;
}

Log& Log::move(std::string_view first, std::string_view last, std::string_view before) {
  const std::size_t begin = line_of(first), end = text_.find('\n', line_of(last)) + 1;
  const std::string lines = text_.substr(begin, end - begin);
  text_.erase(begin, end - begin);
  text_.insert(line_of(before), lines);
  return *this;
}

Log& Log::overwrite(std::size_t at, std::string_view text) {
  text_.replace(at, text.size(), text);
  return *this;
}

Log& Log::append(std::string_view text) {
  text_ += text;
  return *this;
}

Log& Log::renumber() {
  constexpr std::string_view head = "IOCTL_RET #";
  std::size_t number = 0;
  for (std::size_t at = text_.find(head); at != std::string::npos; at = text_.find(head, at)) {
    at += head.size();
    text_.replace(at, text_.find(' ', at) - at, fmt::format("{}", ++number));
  }
  return *this;
}

std::vector<Opened> Log::open() const {
  const auto owner = std::make_shared<const std::string>(text_);
  const FileBytes file{name_, owner, std::as_bytes(std::span(owner->data(), owner->size()))};
  auto captures = read_bytes(file);
  std::vector<Opened> opened;
  if (!captures) {
    ADD_FAILURE() << captures.error().text();
    return opened;
  }
  for (Capture& capture : *captures)
    opened.push_back(open_capture(std::move(capture), RegisterDb::builtin()));
  return opened;
}

Verification verified(const std::vector<Log>& logs, const VerifyOptions& options) {
  std::vector<Opened> inputs;
  for (const Log& log : logs)
    for (Opened& opened : log.open()) inputs.push_back(std::move(opened));
  return verify(inputs, options, RegisterDb::builtin());
}

std::string fails(const Verification& result) {
  std::string ids;
  std::string_view last;
  for (const CheckLine& line : result.lines) {
    if (line.outcome != Outcome::fail || line.id == last) continue;
    last = line.id;
    ids += fmt::format("{}{}", ids.empty() ? "" : " ", line.id);
  }
  return ids;
}

std::string said(const Verification& result, std::string_view id) {
  std::string text;
  for (const CheckLine& line : result.lines) {
    if (line.id != id) continue;
    text += text.empty() ? "" : "; ";
    text += line.outcome == Outcome::fail
                ? fmt::format("{}: expected {}, found {} ({})", line.text, line.expected,
                              line.found, line.place.text())
                : fmt::format("{} {}", name_of(line.outcome), line.text);
  }
  return text;
}

}  // namespace npuscope::testing
