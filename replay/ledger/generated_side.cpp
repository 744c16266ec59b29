#include "replay/ledger/generated_side.h"

#include <algorithm>
#include <cstring>

#include "decoder/bundle/blob_name.h"

namespace npuscope::ledger {

namespace {

constexpr std::size_t word_bytes = 8, value_at = 2, tail_length = 4;  // value: bytes 2..5 of a word

// The words of a record, with the values of addresses and of the link left out.
void add_record(const StreamRecord& record, std::span<const std::byte> linked,
                std::vector<std::byte>& bytes) {
  const auto& writes = record.body.writes;
  const auto words = linked.subspan(record.offset, word_bytes * (writes.size() + tail_length));
  const std::size_t begin = bytes.size();
  bytes.insert(bytes.end(), words.begin(), words.end());
  for (std::size_t i = 0; i <= writes.size(); ++i)
    if (i == writes.size() || writes[i].base != Base::none)
      std::memset(bytes.data() + begin + word_bytes * i + value_at, 0, sizeof(std::uint32_t));
}

std::string hash_of_program(const CommandStream& stream, std::span<const std::byte> linked,
                            unsigned cores) {
  std::vector<std::byte> bytes;
  for (std::uint32_t core = 0; core < cores; ++core)
    for (const std::size_t index : stream.list(first_list(cores) + core)) {
      const StreamRecord& record = stream.records()[index];
      const std::uint32_t head[] = {core, record.body.interrupt_mask,
                                    static_cast<std::uint32_t>(record.body.writes.size())};
      const auto head_bytes = std::as_bytes(std::span(head));
      bytes.insert(bytes.end(), head_bytes.begin(), head_bytes.end());
      add_record(record, linked, bytes);
    }
  return blob_name(bytes);
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
