#include "tests/bench/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>

#include "decoder/emit/emit_format.h"
#include "decoder/input/read_input.h"
#include "decoder/program/find_programs.h"

namespace npuscope::bench {

namespace {

constexpr std::size_t generated_count = std::size_t{1} << 16U;

void append_words_of(const std::string& path, std::vector<Word>& words) {
  const auto captures = read_input(path);
  if (!captures) return;
  for (const Capture& capture : *captures) {
    for (const ProgramSet& set : find_programs(capture)) {
      for (const Record& record : set.records) {
        record.for_each_word([&](std::size_t, Word word) {
          if (word.raw != 0) words.push_back(word);
        });
      }
    }
  }
}

std::vector<Word> corpus_words() {
  std::vector<std::string> paths;
  std::error_code error;
  const std::filesystem::path models = NPUSCOPE_CORPUS_DIR "/rknn/rk3588";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(models, error)) {
    if (entry.path().extension() == ".rknn") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Word> words;
  for (const std::string& path : paths) append_words_of(path, words);
  return words;
}

}  // namespace

const std::vector<Word>& source_words() {
  static const std::vector<Word> words = [] {
    std::vector<Word> real = corpus_words();
    return real.empty() ? generated_words(generated_count) : real;
  }();
  return words;
}

std::string_view source_name() {
  static const bool real = !corpus_words().empty();
  return real ? "words of real models" : "generated words";
}

std::vector<Word> generated_words(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Word> words;
  words.reserve(count);
  while (words.size() < count) {
    // A record enables some blocks and writes their registers in order.
    const auto mask = static_cast<unsigned>(random()) & 0x7dU;
    for (const Register& reg : RegisterDb::builtin().registers()) {
      if (!reg.block || *reg.block == Block::pc) continue;
      if ((mask >> static_cast<unsigned>(facts_of(*reg.block).enable_bit) & 1U) == 0) continue;
      std::uint32_t value = 0;
      for (const Field& field : reg.fields) {
        const auto bits = static_cast<std::uint32_t>(random());
        if ((bits & 3U) != 0) continue;  // most fields are zero in programs
        value |= (bits >> 2U & 0xffU) << field.low & field.mask();
      }
      words.push_back(Word::make(target_of(*reg.block), reg.offset, value));
    }
    words.push_back(Word::make(target_of(Block::pc), offset_pc_base_address, 0xfff90000U));
    words.push_back(Word::make(target_of(Block::pc), offset_pc_register_amounts, 54));
    words.push_back(Word::make(target_marker, 0, 0));
    words.push_back(Word::make(target_operation_enable, offset_operation_enable, mask));
  }
  words.resize(count);
  return words;
}

std::vector<Word> take(const std::vector<Word>& words, std::size_t count) {
  std::vector<Word> taken(count);
  for (std::size_t i = 0; i < count; ++i) taken[i] = words[i % words.size()];
  return taken;
}

std::vector<Word> scrambled(std::vector<Word> words, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::shuffle(words.begin(), words.end(), random);
  for (Word& word : words)
    word = Word::make(word.target(), word.offset(), static_cast<std::uint32_t>(random()));
  return words;
}

std::string emit_text(const std::vector<Word>& words, bool coloured) {
  const EmitFormat format(RegisterDb::builtin());
  std::vector<char> line(format.max_line());
  std::string text;
  std::uint64_t address = 0xfff90000U;
  for (const Word word : words) {
    const char* end = format.write_line(line.data(), address, word);
    const std::string_view plain(line.data(), static_cast<std::size_t>(end - line.data()));
    address = (address + 8) & 0xffffffffU;
    if (!coloured) {
      text += plain;
      continue;
    }
    // As the dump scripts print it: address, word, block, EMIT and the name of the register.
    const std::string_view names = plain.substr(36);
    const std::size_t emit = names.find("EMIT(");
    text += fmt::format("\x1b[96m[\x1b[96m{}\x1b[0m]\x1b[0m \x1b[97m{}\x1b[0m - ",
                        plain.substr(1, 10), plain.substr(13, 20));
    if (emit == std::string_view::npos) {
      text += names;
      continue;
    }
    const std::size_t comma = names.find(',');
    text += fmt::format("\x1b[93m{}\x1b[0m\x1b[93mEMIT\x1b[0m(\x1b[92m{}\x1b[0m{}",
                        names.substr(0, emit), names.substr(emit + 5, comma - emit - 5),
                        names.substr(comma));
  }
  return text;
}

std::uint64_t hash(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t state = seed;
  while (!bytes.empty()) {
    std::uint64_t piece = 0;
    const std::size_t size = std::min<std::size_t>(8, bytes.size());
    std::memcpy(&piece, bytes.data(), size);
    state = (state ^ piece) * 0x100000001b3U;
    state ^= state >> 29U;
    bytes.remove_prefix(size);
  }
  return state;
}

void require(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "not true: {}\n", what);
  std::exit(1);
}

}  // namespace npuscope::bench
