#include "decoder/emit/writers.h"

namespace npuscope {

void write_decode(OutputFormat format, const std::vector<Opened>& inputs, const RegisterDb& db,
                  const Selection& selection, Sink& sink) {
  switch (format) {
    case OutputFormat::emit:
      return write_emit(inputs, db, selection, sink);
    case OutputFormat::jsonl:
      return write_jsonl(inputs, db, selection, sink);
    case OutputFormat::table:
      return write_table(inputs, db, selection, sink);
    case OutputFormat::c:
      return write_c(inputs, db, selection, sink);
  }
}

}  // namespace npuscope
