#include "decoder/compare/moved_buffers.h"

#include "decoder/compare/register_classes.h"

namespace npuscope {

namespace {

// A place in a buffer that the input does not list has a role at most.
std::string buffer_name(const AddressBook& book, const SymbolicAddress& at) {
  const bool unlisted = at.kind == SymbolicAddress::Kind::role && at.id == 0;
  return unlisted ? "unlisted buffer" : book.name(at);
}

}  // namespace

std::vector<MovedBuffer> moved_buffers(const Opened& a, const Opened& b, const RegisterDb& db,
                                       const Comparison& comparison) {
  std::vector<MovedBuffer> moved;
  const RegisterClasses classes(db);
  for (std::size_t set = 0; set < comparison.sets.size(); ++set) {
    const AddressBook book_a(a, a.sets[comparison.sets[set].a], classes),
        book_b(b, b.sets[comparison.sets[set].b], classes);
    for (const BufferPair& pair : comparison.buffers) {
      if (pair.set != set) continue;
      const auto at_a = book_a.device_address(pair.a), at_b = book_b.device_address(pair.b);
      if (at_a == at_b) continue;
      moved.push_back(
          {buffer_name(book_a, pair.a), buffer_name(book_b, pair.b), at_a, at_b, pair.addresses});
    }
  }
  return moved;
}

}  // namespace npuscope
