// Writes the binary seeds of the fuzz targets: make_fuzz_seeds testdata/fuzz. The text seeds beside
// them are written by hand. Equal at every run.
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "decoder/corpus/database.h"
#include "decoder/corpus/schema.h"
#include "tests/fuzz/model_seeds.h"

namespace {

namespace corpus = npuscope::corpus;
using npuscope::fuzz::record_words;
using npuscope::fuzz::task_table;

bool write_file(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) fmt::print(stderr, "{}: cannot be written\n", path);
  return file.good();
}

std::string with_length(const std::string& bytes) {
  const auto low = static_cast<char>(bytes.size() & 0xffU);
  return std::string{low, static_cast<char>(bytes.size() >> 8U)} + bytes;
}

// The header of the target `programs`; see programs.cpp.
std::string capture(unsigned flags, const std::string& tasks, const std::string& commands) {
  std::string header{static_cast<char>(flags), 0};
  const std::size_t split = tasks.size() / 8;
  header += {static_cast<char>(split), static_cast<char>(split >> 8U)};
  header += std::string("\x00\x00\xd7\xff", 4);          // device address 0xffd70000
  header += std::string("\x02\x00\x00\x00\x00\x00", 6);  // lists
  header += std::string("\x00\x02", 2);                  // submit
  return header + tasks + commands;
}

// A store in small pages, with a capture of one task whose record has two words.
std::string store() {
  const std::string path =
      (std::filesystem::temp_directory_path() / "npuscope-seed.sqlite").string();
  std::filesystem::remove(path);
  auto database = corpus::Database::open(path, corpus::Database::Access::write);
  if (!database) return {};
  database->run("PRAGMA page_size=512;BEGIN;" + corpus::schema_sql() + R"sql(
INSERT INTO meta VALUES('schema', 'npuscope.corpus/1'), ('decoder', 'any');
INSERT INTO files VALUES('a.log', 'a.log', 100, 1, 7, ''), ('b.log', 'b.log', 100, 1, NULL, 'odd');
INSERT INTO contents VALUES(7, '0000000000000000000000000000000e', 100);
INSERT INTO captures VALUES(7, 0, 'live log', '', '');
INSERT INTO buffers VALUES(7, 0, 0, 'GEM 2', 'commands', 'memory', 64, 64, 4096);
INSERT INTO sets VALUES(7, 0, 0, 0, 64, 4096, 4096, 0, 0, 'chain ends');
INSERT INTO programs VALUES(7, 0, 0, 1, 1, 1, 'ab', 'cd');
INSERT INTO lanes VALUES(7, 0, 0, 1, 0, 0, 1);
INSERT INTO tasks VALUES(7, 0, 0, 0, 1, 13, 768, 2, 4096, 0, 1, -1);
INSERT INTO records VALUES(7, 0, 0, 0, 0, 2, 0, 2, 2);
INSERT INTO words VALUES(7, 0, 0, 0, 0, x'2010040000000102401000b100000102');
INSERT INTO layers VALUES(7, 0, 0, 1, '', 'conv', 'b1_c16_h4_w4_oc16_wic16_k1x1_g1', 1);
COMMIT;)sql");
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::filesystem::remove(path);
  return bytes;
}

// Two captures as the target `compare` takes them.
std::string two(const std::string& a, const std::string& b) {
  std::string length(4, '\0');
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<char>(a.size() >> (8 * i) & 0xffU);
  return length + a + b;
}

// The commands with bytes of their values changed, from a place on in steps.
std::string changed(std::string commands, std::size_t from, std::size_t step) {
  for (std::size_t at = from; at < commands.size(); at += step)
    commands[at] = static_cast<char>(commands[at] ^ 1);
  return commands;
}

// A regdump of a record: targets without bit 0, special words with target 0.
std::string regdump() {
  std::string bytes = record_words(0) + record_words(0) + record_words(0);
  for (std::size_t at = 6; at < bytes.size(); at += 8) {
    const bool special = bytes[at + 1] == 0;
    bytes[at] = special ? '\0' : static_cast<char>(static_cast<unsigned char>(bytes[at]) & 0xfeU);
  }
  return bytes;
}

// A bundle as the target `bundle` takes it: events with @N for the name of blob N.
std::string bundle(const std::string& events, const std::vector<std::string>& blobs) {
  std::string text =
      "{\"schema\":\"npuscope.bundle/1\",\"kind\":\"seed\",\"source\":\"s.log\"}\n" + events;
  for (const std::string& blob : blobs) text += "\n=== blob\n" + blob;
  return text;
}

std::string content(unsigned buffer, std::size_t offset, std::size_t size, unsigned blob,
                    std::size_t at, const std::string& more = {}) {
  return fmt::format(
      "{{\"event\":\"content\",\"buffer\":{},\"offset\":\"{:#x}\",\"size\":\"{:#x}\",\"blob\":\"@{}"
      "\","
      "\"at\":\"{:#x}\"{}}}\n",
      buffer, offset, size, blob, at, more);
}

std::string buffer(unsigned id, std::size_t size, const std::string& more = {}) {
  return fmt::format(
      "{{\"event\":\"buffer\",\"id\":{},\"name\":\"GEM {}\",\"role\":\"unknown\",\"trust\":\"raw\","
      "\"size\":\"{:#x}\"{}}}\n",
      id, id, size, more);
}

// A file of numpy.save; the header is as long as its one byte of length says.
std::string npy(char version, const std::string& header, const std::string& data) {
  std::string bytes = std::string("\x93NUMPY") + version + std::string(1, '\0');
  bytes += static_cast<char>(header.size());
  bytes += std::string(version == 1 ? 1 : 3, '\0');
  return bytes + header + data;
}

// Every event that there is, and some that there are not.
std::string bundle_of_everything() {
  return R"({"event":"fact","key":"board","value":{"base16":"ff61"},"place":{"line":1}}
{"event":"call","kind":"MEM_CREATE","arguments":[["size","4096"],["flags","0x403"]],"place":{"line":2}}
{"event":"submit","flags":5,"timeout":6000,"task_start":0,"task_number":2,"task_counter":0,"core_mask":1,"priority":"0x0","fence_fd":"0xffffffffffffffff","task_obj_addr":"0xffffff8102fc0400","regcfg_obj_addr":"0x0","task_base_addr":"0x0","user_data":"0x0","subcore":[[0,1],[1,1],null,null,null],"place":{"file":"x","line":3}}
{"event":"sweep","status":"PASS","name":"a","text":"b\nc"}
{"event":"named_write","register":"CNA_DCOMP_REGNUM","argument":"0x0"}
{"event":"line_count","format":"hex row","lines":3}
{"event":"diagnostic","severity":"warning","text":"careful","place":{"file":"","byte":"0x7"}}
{"event":"sync","flags":1}
{"event":"end","lines":8}
)";
}

std::string packed(const std::vector<std::string>& members, bool tar, int filter) {
  std::string bytes(1U << 16U, '\0');
  std::size_t used = 0;
  const std::unique_ptr<archive, decltype(&archive_write_free)> writer(archive_write_new(),
                                                                       archive_write_free);
  if (tar) {
    archive_write_set_format_ustar(writer.get());
  } else {
    archive_write_set_format_raw(writer.get());
  }
  archive_write_add_filter(writer.get(), filter);
  archive_write_set_options(writer.get(), filter == ARCHIVE_FILTER_GZIP ? "!timestamp" : "");
  archive_write_set_bytes_in_last_block(writer.get(), 1);
  archive_write_open_memory(writer.get(), bytes.data(), bytes.size(), &used);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              archive_entry_free);
    archive_entry_set_pathname(entry.get(), fmt::format("gem{}-dump", i + 1).c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(members[i].size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_write_header(writer.get(), entry.get());
    archive_write_data(writer.get(), members[i].data(), members[i].size());
  }
  archive_write_close(writer.get());
  bytes.resize(used);
  return bytes;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: make_fuzz_seeds testdata/fuzz\n");
    return 2;
  }
  const std::string folder = std::string(arguments[1]) + "/";
  const std::string absolute = record_words(0xffd70040U) + record_words(0);
  const std::string relative = record_words(64) + record_words(0);
  const std::string text = "[0xffd70000] lsb 0201000000211040 - CNA\n";
  bool ok = true;
  const auto write = [&](const std::string& name, const std::string& bytes) {
    ok = write_file(folder + name, bytes) && ok;
  };
  write("corpus_store/small.sqlite", store());
  write("rknn/v6.rknn", npuscope::fuzz::model_v6());
  write("rknn/v2.rknn", npuscope::fuzz::model_v2());
  write("rknn/mini.rknn", npuscope::fuzz::model_mini());
  write("rknn/bare_payload.rknn", npuscope::fuzz::model_v6().substr(64));
  const std::string order = "'fortran_order': False, ";
  write("npy/halves.npy", npy(1, "{'descr': '<f2', " + order + "'shape': (1, 2), }\n", "\1\2\3\4"));
  write("npy/version_two.npy", npy(2, "{'descr': '|i1', " + order + "'shape': (3,), }\n", "abc"));
  write("npy/scalar.npy", npy(1, "{'descr': '<f8', " + order + "'shape': (), }\n", "abcdefgh"));
  write("npy/product_wraps.npy",
        npy(1, "{'descr': '<f4', " + order + "'shape': (4294967296, 4294967296), }\n", "abcd"));
  write("npy/empty_and_huge.npy",
        npy(1, "{'descr': '<f4', " + order + "'shape': (0, 18446744073709551615), }\n", ""));
  write("programs/address.bin", capture(0x03, task_table(0xffd70000U), absolute));
  write("programs/state_and_submit.bin", capture(0x4b, task_table(0xffd70000U), absolute));
  write("programs/gap.bin", capture(0x07, task_table(0xffd70000U), absolute));
  write("programs/model.bin", capture(0x12, task_table(0).substr(0, 80), relative));
  write("programs/commands_only.bin", capture(0x00, "", absolute));
  const std::string table = task_table(0xffd70000U), here = capture(0x03, table, absolute),
                    model_capture = capture(0x12, task_table(0).substr(0, 80), relative);
  write("compare/equal.bin", two(here, here));
  write("compare/fields.bin", two(here, capture(0x4b, table, changed(absolute, 2, 8))));
  write("compare/other_registers.bin", two(here, capture(0x03, table, changed(absolute, 8, 48))));
  write("compare/gap.bin", two(here, capture(0x07, table, absolute)));
  write("compare/model.bin", two(here, model_capture));
  write("compare/fewer_tasks.bin", two(here, capture(0x03, table.substr(0, 40), absolute)));
  write("raw_gem/two_dumps.bin", with_length(task_table(0xffd70000U)) + with_length(absolute));
  write("raw_gem/regdump.bin", with_length(task_table(0)) + with_length(relative) +
                                   with_length(regdump()) + with_length("other"));
  write("raw_gem/model_inside.bin", with_length(npuscope::fuzz::model_v6()));
  const std::string tasks = task_table(0xffd70000U), model = npuscope::fuzz::model_v6();
  write("bundle/everything.txt", bundle(bundle_of_everything(), {}));
  write("bundle/two_dumps.txt",
        bundle(buffer(0, 4096) + content(0, 0, tasks.size(), 0, 0) +
                   buffer(1, absolute.size(), ",\"address\":\"0xffd70000\"") +
                   content(1, 0, absolute.size(), 1, 0) + "{\"event\":\"end\",\"lines\":4}\n",
               {tasks, absolute}));
  write("bundle/overlaps_and_moments.txt",
        bundle(buffer(0, 64) + content(0, 8, 8, 0, 0) + content(0, 0, 8, 0, 8) +
                   content(0, 4, 8, 0, 0) + content(0, 32, 8, 0, 0) +
                   content(0, 0, 8, 0, 0, ",\"when\":\"complete\",\"submit\":0"),
               {absolute}));
  // A recording: two submits, a buffer that was given back, jobs, and a call for each.
  const std::string job =
      "\"file\":0,\"jobs\":[{\"tasks\":[[4096,12]],\"inputs\":[1],\"outputs\":[1,2]}]";
  write("bundle/recording.txt",
        bundle(buffer(0, 64, ",\"address\":\"0x1000\",\"handle\":1,\"file\":0") +
                   content(0, 0, 64, 0, 0, ",\"when\":\"submit\",\"submit\":0") +
                   "{\"event\":\"call\",\"kind\":\"SUBMIT\",\"arguments\":[[\"submit\",\"0\"],["
                   "\"file\",\"0\"]]}\n" +
                   "{\"event\":\"submit\"," + job + "}\n" +
                   content(0, 8, 16, 0, 32, ",\"when\":\"complete\",\"submit\":0") +
                   "{\"event\":\"release\",\"buffer\":0}\n" +
                   buffer(1, 64, ",\"address\":\"0x1000\",\"handle\":1,\"file\":0") +
                   "{\"event\":\"submit\",\"file\":0,\"uncaptured\":\"not asked for\"}\n" +
                   "{\"event\":\"end\",\"lines\":8}\n",
               {absolute}));
  // A model with its register words and its two tasks as the buffers of the capture.
  const std::string model_tasks = task_table(0).substr(0, 80);
  const std::string model_event = fmt::format(
      "{{\"event\":\"model\",\"size\":\"{:#x}\",\"blob\":\"@0\",\"regcmd_buffer\":0,\"task_"
      "buffer\":1}}\n",
      model.size());
  write("bundle/model.txt",
        bundle(buffer(0, relative.size()) + content(0, 0, relative.size(), 1, 0) +
                   buffer(1, model_tasks.size()) + content(1, 0, model_tasks.size(), 2, 0) +
                   model_event + "{\"event\":\"end\",\"lines\":5}\n",
               {model, relative, model_tasks}));
  const std::string rows =
      R"({"slug":"s","amounts":[12],"masks":[13],"regcmd_addrs":["0x1000"],"body_rows":[{"cbuf0":1}]})";
  write("bundle/decoded_json.txt",
        bundle(fmt::format("{{\"event\":\"decoded_json\",\"size\":\"{:#x}\",\"blob\":\"@0\"}}\n",
                           rows.size()),
               {rows}));
  write("archive/text.gz", packed({text}, false, ARCHIVE_FILTER_GZIP));
  write("archive/text.zst", packed({text}, false, ARCHIVE_FILTER_ZSTD));
  write("archive/text.xz", packed({text}, false, ARCHIVE_FILTER_XZ));
  write("archive/dumps.tar", packed({task_table(0), relative}, true, ARCHIVE_FILTER_NONE));
  write("archive/dumps.tar.gz", packed({task_table(0), relative}, true, ARCHIVE_FILTER_GZIP));
  write("archive/bomb.tar.gz", packed({std::string(2U << 20U, 'x')}, true, ARCHIVE_FILTER_GZIP));
  write("archive/plain.txt", text);
  return ok ? 0 : 1;
}
