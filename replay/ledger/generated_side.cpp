#include "replay/ledger/generated_side.h"

#include <algorithm>

#include "decoder/bundle/blob_name.h"
#include "decoder/word.h"
#include "replay/preflight/executed_hash.h"

namespace npuscope::ledger {

namespace {

std::string hash_of_program(const CommandStream& stream, std::span<const std::byte> linked,
                            unsigned cores) {
  preflight::ExecutedHash hash;
  for (std::uint32_t core = 0; core < cores; ++core)
    for (const std::size_t index : stream.list(first_list(cores) + core)) {
      const StreamRecord& record = stream.records()[index];
      const std::size_t amount = record.body.writes.size();
      hash.begin_task(core, record.body.interrupt_mask, static_cast<std::uint32_t>(amount));
      const WordView words(linked.subspan(record.offset, sizeof(Word) * (amount + tail_words)));
      for (std::size_t i = 0; i < words.size(); ++i) hash.add_word(words[i]);
    }
  return hash.name();
}

}  // namespace

Result<GeneratedSide> generated_side(const ConvShape& shape) {
  auto program = generate_program(shape, {});
  if (!program) return tl::unexpected(program.error());
  const std::vector<std::byte> linked = program->stream.link(program->layout.bases());
  GeneratedSide side{std::move(*program), blob_name(linked), {}, {}};
  for (unsigned cores = 1; cores <= 3; ++cores) {
    side.executed[cores - 1] = hash_of_program(side.program.stream, linked, cores);
    for (unsigned core = 0; core < cores; ++core)
      side.tasks[cores - 1] += side.program.stream.list(first_list(cores) + core).size();
  }
  return side;
}

}  // namespace npuscope::ledger
