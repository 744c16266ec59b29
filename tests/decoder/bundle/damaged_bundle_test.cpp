// Damaged and hostile bundles: what is said, and that nothing wrong is used.
#include "decoder/bundle/event_lines.h"
#include "decoder/model.h"
#include "tests/decoder/bundle/bundle_helpers.h"
#include "tests/support/capture_text.h"

namespace npuscope::testing {
namespace {

std::string head_error(std::string_view head) {
  const auto capture =
      read_bundle(source_of({bundle_file("bundle.json", head), bundle_file("events.jsonl", "")}));
  return capture ? "(read)" : capture.error().text();
}

TEST(DamagedBundle, HeadsThatCannotBeRead) {
  const std::string at = "made.bundle/bundle.json: the head of the bundle ";
  const std::string again = " (copy or record the bundle again)";
  EXPECT_EQ(head_error("{\"schema\":"), at + "is no valid JSON" + again);
  EXPECT_EQ(head_error("[]"), at + "is no JSON object" + again);
  EXPECT_EQ(head_error(std::string(100, '[')), at + "is nested deeper than 16 levels" + again);
  EXPECT_EQ(head_error("{}"),
            at + "names no schema (it should say \"schema\": \"npuscope.bundle/1\")");
  EXPECT_EQ(head_error(R"({"schema":"npuscope.bundle/2"})"),
            "made.bundle/bundle.json: the bundle is of another schema than npuscope.bundle/1 "
            "(open it with the npuscope that wrote it)");
  EXPECT_EQ(head_error(R"({"schema":"other/1"})"),
            "made.bundle/bundle.json: the bundle is of another schema than npuscope.bundle/1 "
            "(it was not written by npuscope)");
  EXPECT_EQ(head_error(std::string(std::size_t{2} << 20U, ' ')),
            "made.bundle/bundle.json: more than 1048576 bytes (copy the bundle again)");
}

TEST(DamagedBundle, EverythingOfTheHeadButItsSchemaIsOptional) {
  const auto capture = read_bundle(
      source_of({bundle_file("bundle.json",
                             R"({"schema":"npuscope.bundle/1","tool":1,"facts":{"board":"b1"},
                                 "later":0,"and":1})"),
                 bundle_file("events.jsonl", "{\"event\":\"end\"}\n")}));
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->source, "made.bundle");
  EXPECT_EQ(capture->kind, "bundle");
  EXPECT_EQ(fact_of(*capture, "board"), "b1");
  EXPECT_EQ(complaints_of(*capture),
            "warning: made.bundle/bundle.json, byte 0x0: \"tool\" has a value of another form and "
            "was ignored\n"
            "note: made.bundle/bundle.json, byte 0x0: 2 members are not known to this version and "
            "were skipped\n");
}

// Bytes that stand among the events, in place of a file, are checked like those of a file.
TEST(DamagedBundle, BytesAmongTheEventsMustHaveTheirHash) {
  const std::string buffer = R"({"event":"buffer","id":0,"name":"b","size":"0x2"})";
  const std::string good = blob_name(in_memory("ab").bytes),
                    other = blob_name(in_memory("cd").bytes);
  const auto bytes = [](const std::string& name) {
    return R"({"event":"bytes","blob":")" + name + R"(","bytes":{"base16":"6162"}})";
  };
  const auto content = [](const std::string& name) {
    return R"({"event":"content","buffer":0,"offset":"0x0","size":"0x2","blob":")" + name + "\"}";
  };
  const Capture whole = read_events({buffer, bytes(good), content(good)});
  EXPECT_EQ(complaints_of(whole), "");
  ASSERT_EQ(whole.buffers.at(0).known_bytes(), 2u);
  EXPECT_EQ(whole.buffers[0].pieces.at(0).bytes[1], std::byte{'b'});
  const Capture wrong = read_events({buffer, bytes(other), content(other), bytes("../../x")});
  EXPECT_EQ(wrong.buffers.at(0).known_bytes(), 0u);
  EXPECT_NE(complaints_of(wrong).find("another hash than its name"), std::string::npos);
  EXPECT_NE(complaints_of(wrong).find("not named by 32"), std::string::npos);
}

struct Row {
  std::vector<std::string> events;
  std::string complaint;  // @ stands for the name of the events
};

const std::string no_end =
    "the bundle has no end event: it is still being written, or was cut off; "
    "what stands in it was read";

TEST(DamagedBundle, LinesThatAreNotUnderstoodAreReported) {
  const std::string fact = R"({"event":"fact","key":"a","value":"b")";
  const std::vector<Row> rows{
      {{"{"}, "warning: @1: a line is no valid JSON and was skipped"},
      {{""}, "warning: @1: a line is no valid JSON and was skipped"},
      {{"[1]"}, "warning: @1: a line is no JSON object and was skipped"},
      {{fact + R"(,"x":)" + std::string(17, '[') + std::string(17, ']') + "}"},
       "warning: @1: a line is nested deeper than 16 levels and was skipped"},
      {{R"({"kind":"x"})"},
       "warning: @1: a line does not say which \"event\" it is and was skipped"},
      {{R"({"event":"sync","x":1})", R"({"event":"sync","x":2})"},
       "note: @1: events of the kind \"sync\" are not known to this version and were skipped (2 "
       "times, "
       "this is the first)"},
      {{"{\"event\":\"a\\u001b[0m\"}"},
       "note: @1: events of the kind \"a?[0m\" are not known to this version and were skipped"},
      {{fact + R"(,"unit":"ms"})"},
       "note: @1: the member \"unit\" of fact events is not known to this version and was skipped"},
      {{fact + R"(,"place":{"line":1,"column":2}})"},
       "note: @1: the member \"place.column\" of fact events is not known to this version and was "
       "skipped"},
      {{fact + R"(,"place":{"line":"1"}})"},
       "warning: @1: \"place\" of a fact event has a value of another form and was ignored"},
      {{fact + R"(,"place":7})"},
       "warning: @1: \"place\" of a fact event has a value of another form and was ignored"},
      {{R"({"event":"fact","key":"a"})"},
       "warning: @1: a fact event lacks \"key\" or \"value\" and was skipped"},
      {{R"({"event":"named_write","register":"a"})"},
       "warning: @1: a named_write event lacks \"register\" or \"argument\" and was skipped"},
      {{R"({"event":"line_count","format":"a"})"},
       "warning: @1: a line_count event lacks \"format\" or \"lines\" and was skipped"},
      {{R"({"event":"call","kind":"a","arguments":[["a","b"],["c"]]})"},
       "warning: @1: \"arguments\" of a call event has a value of another form and was ignored"},
      {{R"({"event":"submit","subcore":[[0,1],null,[2,-3]]})"},
       "warning: @1: \"subcore\" of a submit event has a value of another form and was ignored"},
      {{R"({"event":"submit","subcore":[null,null,null,null,null,[1,2]]})"},
       "warning: @1: \"subcore\" of a submit event has a value of another form and was ignored"},
      {{R"({"event":"submit","flags":4294967296})"},
       "warning: @1: \"flags\" of a submit event has a value of another form and was ignored"},
      {{R"({"event":"submit","task_obj_addr":1})"},
       "warning: @1: \"task_obj_addr\" of a submit event has a value of another form and was "
       "ignored"},
      {{R"({"event":"diagnostic","severity":"fatal","text":"x"})"},
       "note: : x\nwarning: @1: \"severity\" of a diagnostic event has a value of another form and "
       "was "
       "ignored"},
      {{R"({"event":"buffer","name":"x","size":"0x1"})"},
       "warning: @1: a buffer event has no \"id\" and was skipped"},
      {{buffer_event(1), buffer_event(1)},
       "warning: @2: a buffer event has the id of a buffer before it and was skipped"},
      {{buffer_event(1, R"(,"role":"king")")},
       "warning: @1: \"role\" of a buffer event has a value of another form and was ignored"},
  };
  for (Row row : rows) {
    row.complaint.replace(row.complaint.find('@'), 1, "made.bundle/events.jsonl:");
    EXPECT_EQ(complaints_of(read_events(row.events)), row.complaint + "\n");
  }
}

TEST(DamagedBundle, NothingIsReadBehindTheEnd) {
  const Capture capture =
      read_events({R"({"event":"end","lines":0})", R"({"event":"fact","key":"a","value":"b"})"});
  EXPECT_EQ(complaints_of(capture),
            "warning: made.bundle/events.jsonl:2: a line stands behind the end event and was not "
            "read (2 times, this is the first)\n");
  EXPECT_TRUE(capture.facts.empty());
}

TEST(DamagedBundle, ContentsThatCannotBeUsed) {
  const std::string bytes = "0123456789abcdef";
  const std::string name = blob_name(in_memory(bytes).bytes);
  const std::vector<BundleFile> blobs{blob_file(bytes)};
  const std::vector<std::pair<std::string, std::string>> rows{
      {R"({"event":"content","buffer":0,"offset":"0x0","size":"0x1"})",
       "a content event lacks \"buffer\", \"offset\", \"size\" or \"blob\" and was skipped"},
      {content_event(7, 0, bytes),
       "a content event is about a buffer that was not described before and was skipped"},
      {content_event(0, 0, bytes, R"(,"at":"0x1")"),
       "blob " + name + " has 16 bytes, an event names 16 bytes from 0x1: they are left out"},
      {content_event(0, 0, bytes, R"(,"at":"0xffffffffffffffff")"),
       "blob " + name +
           " has 16 bytes, an event names 16 bytes from 0xffffffffffffffff: they are left out"},
      {R"({"event":"content","buffer":0,"offset":"0xffffffffffffffff","size":"0x10","blob":")" +
           name + "\"}",
       "a content event lies beyond 0x400000000 of its buffer and was skipped"},
      {content_event(0, 0, "absent"), "blob " + blob_name(in_memory("absent").bytes) +
                                          " cannot be read, its bytes are left out: it is missing"},
  };
  for (const auto& [event, complaint] : rows) {
    const Capture capture = read_events({buffer_event(0), event}, blobs);
    EXPECT_EQ(complaints_of(capture), "warning: made.bundle/events.jsonl:2: " + complaint + "\n");
    EXPECT_TRUE(capture.buffers.at(0).pieces.empty());
    EXPECT_EQ(capture.buffers.at(0).size, 16u);
  }
}

TEST(DamagedBundle, OnlyHashesNameBlobs) {
  for (const std::string blob : {"../../../etc/passwd", "..", "/dev/zero", "", "x"}) {
    const Capture capture = read_events(
        {buffer_event(0),
         R"({"event":"content","buffer":0,"offset":"0x0","size":"0x1","blob":")" + blob + "\"}"});
    EXPECT_EQ(complaints_of(capture),
              "warning: made.bundle/events.jsonl:2: a blob is not named by 32 lower-case "
              "hexadecimal digits and was not opened\n");
  }
}

TEST(DamagedBundle, DamagedBlobsAreRefused) {
  const std::string name = blob_name(in_memory("what was recorded").bytes);
  for (const std::string damaged : {"what was recordeD", "what was", ""}) {
    const Capture capture = read_events({buffer_event(0), content_event(0, 0, "what was recorded")},
                                        {bundle_file("blobs/" + name, damaged)});
    EXPECT_EQ(complaints_of(capture),
              "warning: made.bundle/events.jsonl:2: blob " + name +
                  " is damaged, its bytes are refused: they have another hash than its name\n");
    EXPECT_TRUE(capture.buffers.at(0).pieces.empty());
  }
}

TEST(BundleContents, AdjacentAndOverlappingOnesBecomePieces) {
  const std::vector<BundleFile> blobs{blob_file("0123"), blob_file("4567"), blob_file("34"),
                                      blob_file("xy")};
  const Capture capture =
      read_events({buffer_event(0), content_event(0, 4, "4567"), content_event(0, 0, "0123"),
                   content_event(0, 3, "34"), content_event(0, 10, "xy")},
                  blobs);
  EXPECT_EQ(complaints_of(capture), "");
  const Buffer& buffer = capture.buffers.at(0);
  ASSERT_EQ(buffer.pieces.size(), 2u);
  const auto first = buffer.pieces[0].bytes;
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(first.data()), first.size()), "01234567");
  EXPECT_EQ(buffer.pieces[1].offset, 10u);
  EXPECT_EQ(buffer.size, 16u);
}

TEST(BundleContents, OfContradictingOnesTheFirstStays) {
  const Capture capture =
      read_events({buffer_event(0), content_event(0, 0, "0123"), content_event(0, 2, "xyz")},
                  {blob_file("0123"), blob_file("xyz")});
  EXPECT_EQ(complaints_of(capture),
            "warning: made.bundle/events.jsonl:3: b0: a content contradicts bytes that were read "
            "before; the first ones were kept\n");
  const auto bytes = capture.buffers.at(0).bytes_from(0);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "0123z");
}

TEST(BundleContents, OfAMomentThatIsNotKnownAreSkipped) {
  const Capture capture =
      read_events({buffer_event(0), content_event(0, 0, "at0", R"(,"when":"dawn","submit":0)")},
                  {blob_file("at0")});
  EXPECT_EQ(
      complaints_of(capture),
      "warning: made.bundle/events.jsonl:2: a content event was taken at a moment that is not "
      "known to this version and was skipped\n");
}

TEST(BundleContents, TheSameBytesCannotBeNamedForEver) {
  const std::string bytes(std::size_t{1} << 20U, 'x');
  std::vector<std::string> events{buffer_event(0)};
  for (unsigned i = 0; i < 1030; ++i) events.push_back(content_event(0, i << 21U, bytes));
  // Offsets have 32 bits in the helper: all of them stay inside.
  const Capture capture = read_events(events, {blob_file(bytes)});
  EXPECT_EQ(capture.buffers.at(0).known_bytes(), std::uint64_t{1025} << 20U);
  EXPECT_TRUE(says(capture,
                   "a content event repeats more than 1073741824 bytes of blobs and was "
                   "skipped (5 times, this is the first)"));
}

TEST(DamagedBundle, ModelsThatAreNone) {
  const auto model_event = [](std::string_view bytes, std::string_view more = {}) {
    return fmt::format(R"({{"event":"model","size":"{:#x}","blob":"{}"{}}})", bytes.size(),
                       blob_name(in_memory(bytes).bytes), more);
  };
  Capture capture = read_events({model_event("no model")}, {blob_file("no model")});
  EXPECT_EQ(complaints_of(capture),
            "warning: made.bundle/events.jsonl:1: a model event holds no model that can be read: "
            "not an RKNN model: it does not begin with RKNN and was skipped\n");
  EXPECT_FALSE(capture.model);
  capture = read_events({R"({"event":"model"})"});
  EXPECT_EQ(complaints_of(capture),
            "warning: made.bundle/events.jsonl:1: a model event lacks \"size\" or \"blob\" and was "
            "skipped\n");
  capture = read_events({R"({"event":"decoded_json","size":"0x2","blob":")" +
                         blob_name(in_memory("{}").bytes) + "\"}"},
                        {blob_file("{}")});
  EXPECT_TRUE(says(capture,
                   "a decoded_json event holds no decoded JSON that can be read: "
                   "\"body_rows\" is missing or no list and was skipped"));
}

TEST(DamagedBundle, AModelIsLinkedOnlyWithItsOwnBuffers) {
  const auto captures = read_input(testdata_path("rknn/conv_v6.rknn"));
  ASSERT_TRUE(captures);
  auto files = bundle_files(captures->front());
  std::string events = text_of(files[1]);
  const auto replace = [&](std::string_view from, std::string_view to) {
    const std::size_t at = events.find(from);
    ASSERT_NE(at, std::string::npos) << events;
    events.replace(at, from.size(), to);
  };
  replace("\"regcmd_buffer\":", "\"regcmd_buffer\":77");
  replace("\"task_buffer\":", "\"task_buffer\":88");
  files[1] = bundle_file("events.jsonl", events);
  const Capture capture = read_again(files);
  ASSERT_TRUE(capture.model);
  EXPECT_FALSE(capture.model->regcmd_buffer);
  EXPECT_FALSE(capture.model->task_buffer);
  EXPECT_TRUE(says(capture, "is not the one of the model that it is said to be"));
}

TEST(DamagedBundle, CutAtEveryByteItIsReadAsFarAsItGoes) {
  const auto captures = read_input(testdata_path("example/live.log"));
  ASSERT_TRUE(captures);
  const Capture& whole = captures->front();
  auto files = bundle_files(whole);
  const std::size_t at = files.size() - 2;
  const std::string events = text_of(files[at]);
  std::size_t lines = 0;
  for (std::size_t length = 0; length < events.size(); ++length) {
    const bool at_line_end = length == 0 || events[length - 1] == '\n';
    // Every line end, and some places inside the lines.
    if (!at_line_end && length % 97 != 0) continue;
    lines += at_line_end ? 1U : 0U;
    files[at] = bundle_file("events.jsonl", std::string_view(events).substr(0, length));
    const Capture cut = read_again(files);
    const bool whole_line = at_line_end || events[length] == '\n';
    EXPECT_EQ(says(cut, "the last line is torn"), !whole_line) << length;
    const bool has_end = !at_line_end && whole_line && length + 1 == events.size();
    EXPECT_EQ(says(cut, no_end), !has_end) << length;
    ASSERT_LE(cut.buffers.size(), whole.buffers.size());
    ASSERT_LE(cut.events.size(), whole.events.size());
    ASSERT_LE(cut.facts.size(), whole.facts.size());
  }
  EXPECT_EQ(lines, static_cast<std::size_t>(std::count(events.begin(), events.end(), '\n')));
}

TEST(DamagedBundle, ALostLineIsNoticed) {
  const Capture capture = read_events_text(
      "{\"event\":\"call\",\"kind\":\"a\"}\n"
      "{\"event\":\"end\",\"lines\":2}\n");
  EXPECT_EQ(complaints_of(capture),
            "warning: made.bundle/events.jsonl:2: 1 lines stand before the end event, which counts "
            "2: lines were lost or added\n");
}

TEST(DamagedBundle, ALastLineWithoutALineEndIsReadIfItIsWhole) {
  const Capture capture = read_events_text("{\"event\":\"end\",\"lines\":0}");
  EXPECT_EQ(complaints_of(capture), "");
}

TEST(EventLines, MayBeTakenWhileTheyAreWritten) {
  EventLines lines("a.log");
  lines.fact({"a", "b", {}});
  std::string text = lines.take();
  EXPECT_EQ(text, "{\"event\":\"fact\",\"key\":\"a\",\"value\":\"b\"}\n");
  lines.content(
      {.buffer = 1, .offset = 2, .size = 3, .blob = "00", .at = 0, .when = "submit", .submit = 4});
  lines.end();
  text += lines.take();
  EXPECT_TRUE(text.ends_with(
      "{\"event\":\"content\",\"buffer\":1,\"offset\":\"0x0000000000000002\","
      "\"size\":\"0x0000000000000003\",\"blob\":\"00\",\"when\":\"submit\",\"submit\":4}\n"
      "{\"event\":\"end\",\"lines\":2}\n"))
      << text;
  EXPECT_EQ(lines.take(), "");
}

}  // namespace
}  // namespace npuscope::testing
