// How `audit` shows what it found: a table, JSON lines, YAML, or a dated block of Markdown.
#pragma once

#include <string>

#include "decoder/emit/sink.h"
#include "replay/audit/fact.h"

namespace npuscope::cli {

struct AuditHeading {
  std::string root;  // "/" or the directory of a copied system
  std::string date;  // "2026-11-21"
};

void write_audit_table(const audit::Audit& audit, const AuditHeading& heading, Sink& sink);
void write_audit_json(const audit::Audit& audit, const AuditHeading& heading, Sink& sink);
void write_audit_yaml(const audit::Audit& audit, const AuditHeading& heading, Sink& sink);
void write_audit_markdown(const audit::Audit& audit, const AuditHeading& heading, Sink& sink);

}  // namespace npuscope::cli
