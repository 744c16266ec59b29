// Lines of EMIT text. Each is read with and without checking its names, in the order of the file.
#include <algorithm>
#include <memory>

#include "decoder/emit/emit_reader.h"
#include "regdb/regtask_message.h"
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

namespace {

void read_line(const EmitFormat& format, std::string_view text) {
  const EmitReader reader(format);
  EmitLine quick, checked, again;
  const bool has_quick = reader.read(text, EmitCheck::word_only, quick);
  const bool has_checked = reader.read(text, EmitCheck::verified, checked);
  require(has_quick == has_checked, "checking does not change what is a line of words");
  static_cast<void>(reader.from_names(text));
  if (!has_quick) return;
  require(quick.word == checked.word && quick.has_word == checked.has_word,
          "checking does not change the word");
  std::string line(format.max_line(), '\0');
  const char* end = format.write_line(line.data(), checked.address, checked.word);
  line.resize(static_cast<std::size_t>(end - line.data()) - 1);
  require(reader.read(line, EmitCheck::verified, again) && again.word == checked.word,
          "a word that was read can be written and read again");
  require(again.agreement != Agreement::disagrees && again.agreement != Agreement::unreadable,
          "our own names agree with their word");
}

}  // namespace

void fuzz_emit_reader(std::span<const std::byte> bytes) {
  static const EmitFormat format(RegisterDb::builtin());
  const FileBytes file = in_memory(bytes, "fuzzed.txt");
  std::string_view text = file.text();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    read_line(format, text.substr(0, end));
    static_cast<void>(parse_regtask_message(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace npuscope::fuzz
