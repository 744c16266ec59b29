#include "decoder/corpus/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "decoder/corpus/html_pictures.h"
#include "decoder/corpus/statistics.h"

namespace npuscope::corpus {

namespace {

constexpr std::size_t most_values = 24;  // of one field; the rest is counted
constexpr std::string_view style =
    "body{font:14px/1.45 system-ui,sans-serif;margin:2em auto;max-width:1100px;padding:0 1em;"
    "color:#222}h1,h2,h3{line-height:1.2}table{border-collapse:collapse;margin:.6em 0}"
    "td,th{border-bottom:1px solid #ddd;padding:.15em .7em .15em 0;text-align:left;"
    "vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "nav "
    "a{margin-right:1.2em}summary{cursor:pointer}code{font-size:.95em}svg{vertical-align:middle;"
    "max-width:100%;height:auto}td:not(.n),h3,summary,a{overflow-wrap:anywhere}.tilings{display:"
    "flex;flex-wrap:wrap;gap:1.2em}figure{margin:0}"
    "figcaption{font-size:.85em}.key span{display:inline-block;padding:0 .5em;color:#fff;"
    "margin-right:.4em}";

class Page {
 public:
  Page(Database& database, const RegisterDb& db, Sink& sink)
      : database_(database), db_(db), sink_(sink) {}

  void write() {
    say("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<link rel=\"icon\" href=\"data:,\"><title>NPU programs</title><style>{}</style></head>"
        "<body>\n<h1>NPU programs</h1>\n<nav><a href=\"#overview\">Overview</a>"
        "<a href=\"#programs\">Programs</a><a href=\"#convolutions\">Convolutions</a>"
        "<a href=\"#fields\">Values of fields</a><a href=\"#unknown\">Unknown words</a>"
        "<a href=\"#problems\">Problems</a></nav>\n",
        style);
    overview();
    programs();
    convolutions();
    fields();
    unknown();
    problems();
    say("</body></html>\n");
  }

 private:
  template <typename... Values>
  void say(fmt::format_string<Values...> format, Values&&... values) {
    sink_.put(fmt::format(format, std::forward<Values>(values)...));
  }

  // A section that is a query: one row each, numbers to the right.
  void table(std::initializer_list<std::string_view> names, std::string_view sql) {
    say("<table><tr>");
    for (const std::string_view name : names) say("<th>{}</th>", html_text(name));
    say("</tr>\n");
    Statement query = database_.prepare(sql);
    while (query.step()) {
      say("<tr>");
      for (int i = 0; i < static_cast<int>(names.size()); ++i)
        say("<td{}>{}</td>",
            sqlite3_column_type(query.get(), i) == SQLITE_INTEGER ? " class=\"n\"" : "",
            html_text(query.text(i)));
      say("</tr>\n");
    }
    say("</table>\n");
  }

  void overview() {
    say("<h2 id=\"overview\">Overview</h2>\n");
    table(
        {"what", "how many"},
        "SELECT 'files', (SELECT count(*) FROM files) UNION ALL"
        " SELECT 'files not readable', (SELECT count(*) FROM problems) UNION ALL"
        " SELECT 'different contents', (SELECT count(*) FROM contents) UNION ALL"
        " SELECT 'duplicates', (SELECT count(*) FROM duplicates) UNION ALL"
        " SELECT 'programs', (SELECT count(*) FROM programs) UNION ALL"
        " SELECT 'tasks', (SELECT count(*) FROM tasks) UNION ALL"
        " SELECT 'records', (SELECT count(*) FROM records) UNION ALL"
        " SELECT 'words of records', (SELECT coalesce(sum(body_words + tail_words), 0) FROM "
        "records)"
        " UNION ALL SELECT 'of them captured', (SELECT coalesce(sum(known_words), 0) FROM records)"
        " UNION ALL SELECT 'words not explained', (SELECT count(*) FROM unknowns)");
    say("<h3>Kinds of sources</h3>\n");
    table({"kind", "captures"},
          "SELECT kind, count(*) FROM captures GROUP BY kind ORDER BY 2 DESC, 1");
    say("<h3>Operators</h3>\n");
    table({"operator", "nodes", "tasks", "contents"},
          "SELECT kind, layers, tasks, contents FROM operators ORDER BY tasks DESC, kind");
    say("<h3>The same program in several places</h3>\n");
    table({"cores", "programs", "placements", "where"},
          "SELECT cores, programs, placements, paths FROM same_programs WHERE cores = 1"
          " ORDER BY programs DESC, paths");
  }

  void programs() {
    say("<h2 id=\"programs\">Programs</h2>\n<p class=\"key\">Tasks in their order, as wide as they "
        "have "
        "words: <span style=\"background:#4477aa\">conv</span><span style=\"background:#66ccee\">"
        "depthwise</span><span style=\"background:#ccbb44\">pooling</span><span style=\"background:"
        "#228833\">element-wise</span>. Below each lane the banks of the convolution buffer: "
        "<span style=\"background:#997744\">data</span><span "
        "style=\"background:#eeddaa;color:#222\">"
        "weights</span>.</p>\n");
    StoreReader reader(database_);
    for (std::size_t number = 0; reader.next(); ++number) {
      const StoredCapture& capture = reader.capture();
      if (capture.opened.sets.empty()) continue;
      say("<details id=\"capture{}\"><summary>{} <small>({})</small></summary>\n", number,
          html_text(capture.path), html_text(capture.opened.capture.kind));
      for (std::size_t set = 0; set < capture.opened.sets.size(); ++set) {
        for (const Program& program : capture.opened.sets[set].programs)
          say("<p>{} core{}, {} task{}<br>{}</p>\n", program.cores, program.cores == 1 ? "" : "s",
              program.task_count(), program.task_count() == 1 ? "" : "s",
              timeline_picture(capture, set, program));
        std::set<std::string_view> linked;
        for (const Layer& layer : capture.layers[set])
          if (!layer.shape.empty() && linked.insert(layer.shape).second)
            say("<a href=\"#{0}\">{0}</a> ", html_text(layer.shape));
      }
      say("</details>\n");
    }
  }

  void convolutions() {
    say("<h2 id=\"convolutions\">Convolutions</h2>\n<p class=\"key\">How each output is divided: "
        "rows "
        "downwards, output channels to the right. <span style=\"background:#4477aa\">core 0</span>"
        "<span style=\"background:#ee8866\">core 1</span><span style=\"background:#228833\">core 2"
        "</span></p>\n");
    std::set<std::string> shown;
    StoreReader reader(database_);
    for (std::size_t number = 0; reader.next(); ++number) {
      const StoredCapture& capture = reader.capture();
      for (std::size_t set = 0; set < capture.opened.sets.size(); ++set)
        for (const Layer& layer : capture.layers[set]) {
          if (layer.shape.empty() || !shown.insert(layer.shape).second) continue;
          say("<h3 id=\"{0}\">{0}</h3>\n<p><a href=\"#capture{1}\">{2}</a></p>\n"
              "<div class=\"tilings\">",
              html_text(layer.shape), number, html_text(capture.path));
          for (const Program& program : capture.opened.sets[set].programs) {
            const auto tiles = tiles_of(capture, set, program, layer.node);
            say("<figure>{}<figcaption>{} core{}: {} task{}</figcaption></figure>\n",
                tiling_picture(tiles), program.cores, program.cores == 1 ? "" : "s", tiles.size(),
                tiles.size() == 1 ? "" : "s");
          }
          say("</div>\n");
        }
    }
  }

  void field(const Field& each, const ValueTally& values) {
    std::vector<std::size_t> counts;
    for (const auto& [value, found] : values) {
      if (counts.size() == 60) break;
      counts.push_back(found.tasks);
    }
    say("<h4>{} {}</h4>\n<table><tr><th>value</th><th>tasks</th><th>for example</th></tr>\n",
        html_text(each.name), distribution_picture(counts));
    std::size_t shown = 0;
    for (const auto& [value, found] : values) {
      if (shown++ == most_values) break;
      const EnumValue* named = each.values == nullptr ? nullptr : each.values->find(value);
      say("<tr><td>{:#x}{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n", value,
          named == nullptr ? "" : fmt::format(" {}", html_text(named->name)), found.tasks,
          html_text(found.example));
    }
    say("</table>\n");
    if (values.size() > most_values)
      say("<p>and {} more values</p>\n", values.size() - most_values);
  }

  void fields() {
    say("<h2 id=\"fields\">Values of fields</h2>\n<p>What tasks run with, written by themselves or "
        "inherited. Addresses are left out.</p>\n");
    for (const auto& [offset, values] : tally_registers(database_, db_)) {
      const Register* reg = db_.at(offset);
      if (reg == nullptr) continue;
      say("<details id=\"{0}\"><summary><code>{0}</code> {1} value{2}</summary>\n<p>{3}</p>\n",
          html_text(reg->full_name), values.size(), values.size() == 1 ? "" : "s",
          html_text(reg->brief));
      for (const Field& each : reg->fields) field(each, tally_field(values, each));
      say("</details>\n");
    }
  }

  void unknown() {
    say("<h2 id=\"unknown\">Unknown words</h2>\n");
    table(
        {"target", "offset", "bits", "words", "contents", "for example"},
        "SELECT printf('0x%04x', target), printf('0x%04x', offset), printf('0x%x', bits), count(*),"
        " count(DISTINCT content), min(path) FROM unknowns JOIN sources USING(content)"
        " GROUP BY target, offset, bits ORDER BY target, offset, bits");
  }

  void problems() {
    say("<h2 id=\"problems\">Problems</h2>\n");
    table({"file", "why it is not read"}, "SELECT path, problem FROM problems ORDER BY path");
  }

  Database& database_;
  const RegisterDb& db_;
  Sink& sink_;
};

}  // namespace

Result<void> write_html_report(Database& database, const RegisterDb& db, Sink& sink) {
  Page(database, db, sink).write();
  return database.state();
}

}  // namespace npuscope::corpus
