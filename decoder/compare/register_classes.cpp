#include "decoder/compare/register_classes.h"

namespace npuscope {

RegisterClasses::RegisterClasses(const RegisterDb& db) {
  for (const Register& reg : db.registers()) {
    if (!reg.block || reg.offset / 4U >= entries_.size()) continue;
    Entry& entry = entries_[reg.offset / 4U];
    roles_[reg.offset / 4U] = reg.role;
    for (const Field& field : reg.fields) {
      entry.owned |= field.mask();
      const bool fast = field.performance_only || reg.performance_only;
      if (fast && !field.must_be_zero) entry.performance |= field.mask();
    }
  }
}

}  // namespace npuscope
